#pragma once

// Looks up a path below a directory and never leaves it.
//
//   ASSIGN_OR_RETURN(PosixDescriptor found, OpenBeneath(root.value(), "data/../stdout"));
//   fstat(found.value(), &info);                       // what it is; nothing has been opened yet
//   ASSIGN_OR_RETURN(PosixDescriptor file, OpenRegularFile(found.value(), &info));
//
// Descriptors that come out of a look-up are O_PATH: they hold on to what was found, which a rename
// or a link put in its place cannot change, but open neither FIFO nor device. The kernel does the
// look-up (openat2, RESOLVE_BENEATH); where it has no such call, and for absolute links, which it
// refuses even where they point inside, the path is walked here, a component at a time.
//
// A link is followed as long as each step stays at or below the root; so "../inside" from the root
// is outside, although it comes back. An absolute link is inside where its target begins with the
// root's own path. Thread-safe. Errors: NotFound, InvalidArgument (outside, or too many links, or
// too deep), PermissionDenied, Unavailable (no descriptors left).

#include <sys/stat.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/disk/posix_descriptor.h"

namespace mesos::files {

// The longest path that is looked up, and how many components one may be deep where it is walked.
inline constexpr size_t kMaxPathBytes = 4095;
inline constexpr size_t kMaxWalkDepth = 200;

// An O_PATH descriptor of what stands at `path` (relative; empty is the root) below the directory
// `root`.
absl::StatusOr<PosixDescriptor> OpenBeneath(int root, absl::string_view path);

// The same without openat2.
absl::StatusOr<PosixDescriptor> WalkBeneath(int root, absl::string_view path);

// Opens for reading what an O_PATH descriptor found. InvalidArgument where it is not a regular
// file, or a directory respectively.
absl::StatusOr<PosixDescriptor> OpenRegularFile(int found, struct stat* info);
absl::StatusOr<PosixDescriptor> OpenDirectory(int found);

}  // namespace mesos::files
