// Queries of /files: any bytes as a query string, into a tree that has links to every kind of
// place. Nothing that stands outside of it ever comes out.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "common/files/files.h"
#include "common/net/form.h"

namespace {

constexpr char kSecret[] = "what stands outside";

// A directory for the life of the process.
const mesos::files::Files& Farm() {
  static const auto* files = [] {
    std::string base = "/tmp/files_query_fuzzer_XXXXXX";
    if (mkdtemp(base.data()) == nullptr) std::abort();
    static const std::string* remembered = new std::string(base);
    std::atexit([] { std::filesystem::remove_all(*remembered); });
    const auto at = [&](const char* name) { return base + "/" + name; };
    for (const char* name : {"in", "in/d", "in/d/e", "out"}) mkdir(at(name).c_str(), 0755);
    std::ofstream(at("out/f")) << kSecret;
    std::ofstream(at("in/f")) << "inside";
    std::ofstream(at("in/d/f")) << "deeper";
    const auto link = [&](const std::string& target, const char* name) {
      if (symlink(target.c_str(), at(name).c_str()) != 0) std::abort();
    };
    link("../out/f", "in/l");
    link("..", "in/d/u");
    link(at("in/d"), "in/a");
    link(at("out"), "in/o");
    link("/", "in/r");
    if (mkfifo(at("in/p").c_str(), 0666) != 0) std::abort();
    auto* made = new mesos::files::Files();
    made->Attach("/s", at("in"));
    made->Attach("/s/d/v", at("in/d/e"));
    return made;
  }();
  return *files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fields = mesos::net::ParseForm(text);
  if (!fields.ok()) return 0;
  for (const auto& [name, path] : *fields) {
    const auto piece = Farm().Read(path, 0, std::nullopt);
    if (piece.ok() && piece->data == kSecret) std::abort();
    const auto entries = Farm().Browse(path);
    if (!entries.ok()) continue;
    for (const auto& entry : *entries) {
      if (S_ISREG(entry.mode) && entry.size == sizeof(kSecret) - 1) std::abort();
    }
  }
  return 0;
}
