#include "common/metrics/system_metrics.h"

#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace mesos::metrics {
namespace {

constexpr Family kLoad = {"mesos_system_load", "Load average of the machine.", Type::kGauge};
constexpr Family kCpus = {"mesos_system_cpus", "Processors that are online.", Type::kGauge};
constexpr Family kMemoryTotal = {"mesos_system_memory_bytes", "Memory of the machine.",
                                 Type::kGauge};
constexpr Family kMemoryFree = {"mesos_system_memory_free_bytes", "Memory that nothing uses.",
                                Type::kGauge};
constexpr Family kProcessMemory = {"process_resident_memory_bytes", "Resident memory.",
                                   Type::kGauge};
constexpr Family kProcessVirtual = {"process_virtual_memory_bytes", "Virtual memory.",
                                    Type::kGauge};
constexpr Family kProcessCpu = {"process_cpu_seconds_total", "User and system time spent.",
                                Type::kCounter};
constexpr Family kProcessDescriptors = {"process_open_fds", "Descriptors that are open.",
                                        Type::kGauge};
constexpr Family kProcessDescriptorLimit = {"process_max_fds", "Descriptors that may be open.",
                                            Type::kGauge};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

SystemStats ReadSystemStats() {
  SystemStats stats;
  double loads[3] = {};
  if (getloadavg(loads, 3) == 3) {
    stats.load_1min = loads[0];
    stats.load_5min = loads[1];
    stats.load_15min = loads[2];
  }
  stats.cpus = sysconf(_SC_NPROCESSORS_ONLN);
  struct sysinfo info = {};
  if (sysinfo(&info) == 0) {
    stats.mem_total_bytes = uint64_t{info.totalram} * info.mem_unit;
    stats.mem_free_bytes = uint64_t{info.freeram} * info.mem_unit;
  }
  return stats;
}

void AddSystemMetrics(const SystemStats& stats, MetricsPage& page) {
  page.Add("system/cpus_total", kCpus, {}, static_cast<double>(stats.cpus));
  page.Add("system/load_15min", kLoad, {{"minutes", "15"}}, stats.load_15min);
  page.Add("system/load_1min", kLoad, {{"minutes", "1"}}, stats.load_1min);
  page.Add("system/load_5min", kLoad, {{"minutes", "5"}}, stats.load_5min);
  page.Add("system/mem_free_bytes", kMemoryFree, {}, static_cast<double>(stats.mem_free_bytes));
  page.Add("system/mem_total_bytes", kMemoryTotal, {}, static_cast<double>(stats.mem_total_bytes));
}

void AddProcessMetrics(MetricsPage& page) {
  std::ifstream statm("/proc/self/statm");
  uint64_t size_pages = 0;
  uint64_t resident_pages = 0;
  if (statm >> size_pages >> resident_pages) {
    const auto page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
    page.AddPrometheus(kProcessVirtual, {}, static_cast<double>(size_pages) * page_bytes);
    page.AddPrometheus(kProcessMemory, {}, static_cast<double>(resident_pages) * page_bytes);
  }
  rusage usage = {};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    page.AddPrometheus(kProcessCpu, {}, Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  }
  std::error_code error;
  std::filesystem::directory_iterator descriptors("/proc/self/fd", error);
  if (!error) {
    page.AddPrometheus(kProcessDescriptors, {},
                       static_cast<double>(std::distance(begin(descriptors), end(descriptors))));
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    page.AddPrometheus(kProcessDescriptorLimit, {}, static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace mesos::metrics
