#include "common/net/output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mesos::net {
namespace {

// Well under the kernel's limit of 1024.
constexpr size_t kMaxVectors = 256;

}  // namespace

std::deque<OutputQueue::Segment>& OutputQueue::segments() {
  if (segments_ == nullptr) {
    segments_ = std::make_unique<std::deque<Segment>>();
    offset_ = 0;
  }
  return *segments_;
}

void OutputQueue::Append(std::string bytes) {
  if (!bytes.empty()) segments().push_back({std::move(bytes), nullptr});
}

void OutputQueue::Append(std::shared_ptr<const std::string> bytes) {
  if (!bytes->empty()) segments().push_back({{}, std::move(bytes)});
}

OutputQueue::Result OutputQueue::WriteTo(int fd, size_t* written) {
  while (segments_ != nullptr) {
    iovec vectors[kMaxVectors];
    const size_t count = std::min(segments_->size(), kMaxVectors);
    for (size_t i = 0; i < count; ++i) {
      const std::string& bytes = (*segments_)[i].bytes();
      const size_t skip = i == 0 ? offset_ : 0;
      vectors[i] = {const_cast<char*>(bytes.data()) + skip, bytes.size() - skip};
    }
    msghdr message = {};
    message.msg_iov = vectors;
    message.msg_iovlen = count;
    const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Result::kBlocked : Result::kBroken;
    }
    *written += static_cast<size_t>(sent);
    Drop(static_cast<size_t>(sent));
  }
  return Result::kDrained;
}

void OutputQueue::Drop(size_t bytes) {
  offset_ += bytes;
  while (!segments_->empty() && offset_ >= segments_->front().bytes().size()) {
    offset_ -= segments_->front().bytes().size();
    segments_->pop_front();
  }
  if (segments_->empty()) segments_ = nullptr;
}

}  // namespace mesos::net
