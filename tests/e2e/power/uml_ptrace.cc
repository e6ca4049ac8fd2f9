// Loaded into linux.uml by LD_PRELOAD, between it and the ptrace by which it runs its programs.
//
// - Its kernel knows register files of up to some 2,700 bytes; processors with wider ones (AMX)
//   have some 11,000, and the host takes back a whole one only. What it does not know stays as it
//   is.
// - What runs in the machine ends with the machine, also where that is killed: left alone, its
//   programs would go on as the host's.

#include <dlfcn.h>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstdarg>
#include <cstdint>
#include <cstring>

namespace {

using Ptrace = long (*)(int request, pid_t pid, void* address, void* data);

// Only the kernel's one thread of the host calls, on a small stack of its own.
alignas(64) char registers[64 << 10];

long MoveRegisters(Ptrace next, int request, pid_t pid, void* kind, iovec* some) {
  iovec whole = {registers, sizeof(registers)};
  if (const long result = next(PTRACE_GETREGSET, pid, kind, &whole); result < 0) return result;
  if (whole.iov_len < some->iov_len) some->iov_len = whole.iov_len;
  if (request == PTRACE_GETREGSET) {
    std::memcpy(some->iov_base, registers, some->iov_len);
    return 0;
  }
  std::memcpy(registers, some->iov_base, some->iov_len);
  return next(PTRACE_SETREGSET, pid, kind, &whole);
}

}  // namespace

extern "C" long ptrace(__ptrace_request request, ...) noexcept {
  static const auto next = reinterpret_cast<Ptrace>(dlsym(RTLD_NEXT, "ptrace"));
  va_list list;
  va_start(list, request);
  const pid_t pid = va_arg(list, pid_t);
  void* const address = va_arg(list, void*);
  void* data = va_arg(list, void*);
  va_end(list);
  const bool moves = request == PTRACE_GETREGSET || request == PTRACE_SETREGSET;
  if (moves && reinterpret_cast<uintptr_t>(address) == NT_X86_XSTATE) {
    return MoveRegisters(next, request, pid, address, static_cast<iovec*>(data));
  }
  if (request == PTRACE_SETOPTIONS) {
    data = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(data) | PTRACE_O_EXITKILL);
  }
  return next(request, pid, address, data);
}
