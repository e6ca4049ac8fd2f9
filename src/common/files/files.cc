#include "common/files/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/files/beneath.h"

namespace mesos::files {
namespace {

// The components of `path`; ".." stays, as what it means depends on links.
std::vector<absl::string_view> Components(absl::string_view path) {
  return absl::StrSplit(path, '/',
                        [](absl::string_view name) { return name != "" && name != "."; });
}

std::string Normalize(absl::string_view path) {
  return absl::StrCat("/", absl::StrJoin(Components(path), "/"));
}

// The error names the virtual path.
absl::Status Named(absl::string_view path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("'", path, "': ", status.message()));
}

struct Found {
  PosixDescriptor root;
  PosixDescriptor descriptor;  // O_PATH
  std::string rest;            // of the path, below the root
};

absl::StatusOr<Found> Find(const std::string& real_path, std::string rest) {
  Found found;
  found.root = PosixDescriptor(open(real_path.c_str(), O_PATH | O_CLOEXEC));
  if (!found.root.open()) {
    if (errno == EACCES) return absl::PermissionDeniedError("Permission denied");
    return absl::NotFoundError(std::generic_category().message(errno));
  }
  struct stat info = {};
  if (fstat(found.root.value(), &info) != 0) return absl::NotFoundError("It is gone");
  if (S_ISDIR(info.st_mode)) {
    ASSIGN_OR_RETURN(found.descriptor, OpenBeneath(found.root.value(), rest));
  } else if (rest.empty()) {
    found.descriptor = std::move(found.root);
  } else {
    return absl::NotFoundError("Not a directory");
  }
  found.rest = std::move(rest);
  return found;
}

// Names of users and groups, each asked for once.
class Accounts {
 public:
  std::string User(uid_t id) {
    return Name(users_, id, [](uid_t uid, char* buffer, size_t size) -> const char* {
      passwd entry;
      passwd* result = nullptr;
      return getpwuid_r(uid, &entry, buffer, size, &result) == 0 && result ? entry.pw_name
                                                                           : nullptr;
    });
  }
  std::string Group(gid_t id) {
    return Name(groups_, id, [](gid_t gid, char* buffer, size_t size) -> const char* {
      group entry;
      group* result = nullptr;
      return getgrgid_r(gid, &entry, buffer, size, &result) == 0 && result ? entry.gr_name
                                                                           : nullptr;
    });
  }

 private:
  template <typename LookUp>
  static const std::string& Name(std::map<uint32_t, std::string>& names, uint32_t id,
                                 LookUp look_up) {
    auto [it, fresh] = names.try_emplace(id);
    if (fresh) {
      std::vector<char> buffer(16384);
      const char* name = look_up(id, buffer.data(), buffer.size());
      it->second = name != nullptr ? name : absl::StrCat(id);
    }
    return it->second;
  }

  std::map<uint32_t, std::string> users_;
  std::map<uint32_t, std::string> groups_;
};

FileStat ToFileStat(std::string path, const struct stat& info, Accounts& accounts) {
  FileStat file;
  file.path = std::move(path);
  file.mode = info.st_mode;
  file.nlink = static_cast<int32_t>(std::min<uint64_t>(info.st_nlink, INT32_MAX));
  file.size = static_cast<uint64_t>(std::max<off_t>(info.st_size, 0));
  file.mtime = absl::FromTimeT(info.st_mtime);
  file.uid = accounts.User(info.st_uid);
  file.gid = accounts.Group(info.st_gid);
  return file;
}

// Of `name` in `directory`, which stands at `rest` below `root`.
bool Stat(int root, absl::string_view rest, int directory, const char* name, struct stat* info) {
  if (fstatat(directory, name, info, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (!S_ISLNK(info->st_mode)) return true;
  absl::StatusOr<PosixDescriptor> target = OpenBeneath(root, absl::StrCat(rest, "/", name));
  struct stat followed = {};
  if (target.ok() && fstat(target->value(), &followed) == 0) *info = followed;
  return true;
}

absl::StatusOr<std::string> ReadAt(int file, uint64_t offset, uint64_t length) {
  std::string data(length, '\0');
  size_t filled = 0;
  while (filled < data.size()) {
    const ssize_t count = pread(file, data.data() + filled, data.size() - filled,
                                static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::UnavailableError(std::generic_category().message(errno));
    if (count == 0) break;  // it was cut short meanwhile
    filled += static_cast<size_t>(count);
  }
  data.resize(filled);
  return data;
}

}  // namespace

void Files::Attach(absl::string_view virtual_path, std::string real_path) {
  const std::vector<PathPair> listed = {{Normalize(virtual_path), real_path}};
  AttachTree(virtual_path, {.real_path = [real_path = std::move(real_path)] { return real_path; },
                            .list = [listed] { return listed; }});
}

void Files::AttachTree(absl::string_view virtual_path, Tree tree) {
  MutexLock lock(mutex_);
  attached_.insert_or_assign(Normalize(virtual_path),
                             std::make_shared<const Tree>(std::move(tree)));
}

void Files::Detach(absl::string_view virtual_path) {
  MutexLock lock(mutex_);
  attached_.erase(Normalize(virtual_path));
}

std::vector<Files::PathPair> Files::Attached() const {
  std::vector<std::shared_ptr<const Tree>> trees;
  {
    MutexLock lock(mutex_);
    for (const auto& [virtual_path, tree] : attached_) trees.push_back(tree);
  }
  std::vector<PathPair> paths;
  for (const auto& tree : trees) {
    if (tree->list == nullptr) continue;
    std::vector<PathPair> listed = tree->list();
    std::move(listed.begin(), listed.end(), std::back_inserter(paths));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::StatusOr<Files::Location> Files::Locate(absl::string_view path) const {
  if (path.size() > kMaxPathBytes || path.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("The path is too long, or has a NUL byte");
  }
  const std::string whole = Normalize(path);
  absl::string_view prefix = whole;
  std::shared_ptr<const Tree> tree;
  {
    MutexLock lock(mutex_);
    while (tree == nullptr) {
      if (auto it = attached_.find(prefix); it != attached_.end()) {
        tree = it->second;
      } else if (prefix == "/") {
        return absl::NotFoundError("No such path is served");
      } else {
        prefix = prefix.substr(0, std::max<size_t>(prefix.rfind('/'), 1));
      }
    }
  }
  absl::string_view rest = absl::string_view(whole).substr(prefix.size());
  if (!rest.empty() && rest[0] == '/') rest.remove_prefix(1);
  Location location{tree->real_path(), std::string(rest)};
  if (location.real_path.empty()) return absl::NotFoundError("No such path is served");
  return location;
}

absl::StatusOr<std::vector<FileStat>> Files::Browse(absl::string_view path) const {
  absl::StatusOr<Location> location = Locate(path);
  if (!location.ok()) return Named(path, location.status());
  absl::StatusOr<Found> found = Find(location->real_path, std::move(location->rest));
  if (!found.ok()) return Named(path, found.status());
  std::vector<FileStat> entries;
  struct stat info = {};
  if (fstat(found->descriptor.value(), &info) != 0 || !S_ISDIR(info.st_mode)) return entries;
  absl::StatusOr<PosixDescriptor> directory = OpenDirectory(found->descriptor.value());
  if (!directory.ok()) return Named(path, directory.status());

  const int listed = fcntl(directory->value(), F_DUPFD_CLOEXEC, 0);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(listed), closedir);
  if (stream == nullptr) {
    if (listed >= 0) close(listed);
    return Named(path, absl::UnavailableError(std::generic_category().message(errno)));
  }
  const std::string base = Normalize(path);
  Accounts accounts;
  while (const dirent* entry = readdir(stream.get())) {
    const absl::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entries.size() == kMaxBrowseEntries) break;
    if (!Stat(found->root.value(), found->rest, directory->value(), entry->d_name, &info)) {
      continue;  // gone meanwhile
    }
    entries.push_back(ToFileStat(absl::StrCat(base == "/" ? "" : base, "/", name), info, accounts));
  }
  std::sort(entries.begin(), entries.end(),
            [](const FileStat& a, const FileStat& b) { return a.path < b.path; });
  return entries;
}

absl::StatusOr<OpenFile> Files::Open(absl::string_view path) const {
  absl::StatusOr<Location> location = Locate(path);
  if (!location.ok()) return Named(path, location.status());
  absl::StatusOr<Found> found = Find(location->real_path, std::move(location->rest));
  if (!found.ok()) return Named(path, found.status());
  struct stat info = {};
  absl::StatusOr<PosixDescriptor> file = OpenRegularFile(found->descriptor.value(), &info);
  if (!file.ok()) return Named(path, file.status());
  const std::string whole = Normalize(path);
  return OpenFile{*std::move(file), static_cast<uint64_t>(std::max<off_t>(info.st_size, 0)),
                  whole.substr(whole.rfind('/') + 1)};
}

absl::StatusOr<FilePiece> Files::Read(absl::string_view path, uint64_t offset,
                                      std::optional<uint64_t> length) const {
  ASSIGN_OR_RETURN(const OpenFile file, Open(path));
  FilePiece piece;
  piece.size = file.size;
  if (offset >= file.size) return piece;
  const uint64_t wanted =
      std::min({file.size - offset, length.value_or(kMaxReadBytes), kMaxReadBytes});
  absl::StatusOr<std::string> data = ReadAt(file.descriptor.value(), offset, wanted);
  if (!data.ok()) return Named(path, data.status());
  piece.data = *std::move(data);
  return piece;
}

}  // namespace mesos::files
