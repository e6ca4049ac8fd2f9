// Loaded into a process by LD_PRELOAD: its wall clock is off by what a file says, and may jump at
// any time. The steady clock and every other process stay as they are.
//
//   CLOCK_SHIFT_FILE   names a file of 8 bytes, the shift in nanoseconds; shifted_clock.h writes it
//
// Deadlines that the process hands to the kernel in terms of its wall clock are translated when the
// wait begins; a jump during a wait does not end or prolong it.

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr int64_t kNanos = 1'000'000'000;
// Steady clocks count from the boot: no machine is up for 30 years.
constexpr time_t kNoSteadyTime = 946'684'800;

template <typename Function>
Function Next(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int64_t Shift() {
  static const std::atomic<int64_t>* const shift = [] {
    static std::atomic<int64_t> none{0};
    const char* path = getenv("CLOCK_SHIFT_FILE");
    const int fd = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return &none;
    void* memory = mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    return memory == MAP_FAILED ? &none : static_cast<std::atomic<int64_t>*>(memory);
  }();
  return shift->load(std::memory_order_relaxed);
}

timespec Moved(const timespec& time, int64_t nanos) {
  const int64_t sum = time.tv_nsec + nanos % kNanos + kNanos;
  return {time.tv_sec + nanos / kNanos + sum / kNanos - 1, sum % kNanos};
}

// A deadline of the process's clock as the kernel's; of a steady clock as it is.
timespec ToKernel(const timespec& deadline) {
  return deadline.tv_sec < kNoSteadyTime ? deadline : Moved(deadline, -Shift());
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
  static const auto next = Next(&clock_gettime, "clock_gettime");
  const int result = next(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    *time = Moved(*time, Shift());
  }
  return result;
}

int gettimeofday(timeval* time, void*) {
  timespec now;
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  if (result == 0) *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}

time_t time(time_t* out) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* deadline) {
  static const auto next = Next(&pthread_cond_timedwait, "pthread_cond_timedwait");
  const timespec kernels = ToKernel(*deadline);
  return next(condition, mutex, &kernels);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* deadline) {
  static const auto next = Next(&pthread_cond_clockwait, "pthread_cond_clockwait");
  const timespec kernels = clock == CLOCK_REALTIME ? ToKernel(*deadline) : *deadline;
  return next(condition, mutex, clock, &kernels);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* deadline) {
  static const auto next = Next(&pthread_mutex_timedlock, "pthread_mutex_timedlock");
  const timespec kernels = ToKernel(*deadline);
  return next(mutex, &kernels);
}

int sem_timedwait(sem_t* semaphore, const timespec* deadline) {
  static const auto next = Next(&sem_timedwait, "sem_timedwait");
  const timespec kernels = ToKernel(*deadline);
  return next(semaphore, &kernels);
}

// Abseil waits on futexes by itself.
long syscall(long number, ...) {
  static const auto next = Next(&syscall, "syscall");
  long arguments[6];
  va_list list;
  va_start(list, number);
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  timespec kernels;
  if (number == SYS_futex && (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 && arguments[3] != 0) {
    kernels = ToKernel(*reinterpret_cast<const timespec*>(arguments[3]));
    arguments[3] = reinterpret_cast<long>(&kernels);
  }
  return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
              arguments[5]);
}

}  // extern "C"
