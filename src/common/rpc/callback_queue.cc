#include "common/rpc/callback_queue.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>

namespace mesos::rpc {
namespace {

// One call that fails at once, since nobody listens there: making it takes the queue for the
// channel. Never freed.
struct Pin {
  Pin() : stub(grpc::CreateChannel("unix:/dev/null/nobody", grpc::InsecureChannelCredentials())) {
    stub.UnaryCall(&context, "/mesos.rpc.Nobody/Nothing", grpc::StubOptions(), &request, &response,
                   [](grpc::Status) {});
  }

  grpc::GenericStub stub;
  grpc::ClientContext context;
  grpc::Slice empty;
  grpc::ByteBuffer request{&empty, 1};
  grpc::ByteBuffer response;
};

}  // namespace

void PinCallbackQueue() {
  static const Pin* const pin = new Pin();
  static_cast<void>(pin);
}

}  // namespace mesos::rpc
