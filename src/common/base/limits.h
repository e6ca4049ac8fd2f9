#pragma once

// Every bound of the system in one place: sizes of messages, queues, histories and wire-fed maps.

#include <cstddef>

#include "absl/time/time.h"

namespace mesos::limits {

// The largest message that a client may send, in bytes.
inline constexpr size_t kMaxMessageBytes = 16 << 20;

// The largest message on a stream of ours: what a client sent goes on to others with some more
// about it, so there is room for that.
inline constexpr size_t kMaxStreamMessageBytes = 2 * kMaxMessageBytes;

// What is told in parts (the tasks of one launch, what an agent has when it returns) goes out in
// messages of so many bytes; one that holds a single larger thing is as large as that.
inline constexpr size_t kPartBytes = 4 << 20;

// What one agent may return with in parts, and all agents that are about it at once.
inline constexpr size_t kMaxReturnBytes = 128 << 20;
inline constexpr size_t kMaxReturningBytes = 256 << 20;

// What a master that takes the registry over keeps of those who have dialed it already.
inline constexpr size_t kMaxHeldEvents = 200'000;
inline constexpr size_t kMaxHeldBytes = 256 << 20;

// How many messages an agent may send before it hears that it is registered.
inline constexpr size_t kMaxMessagesWhileJoining = 1'000;

// For how long a peer may take nothing of what is queued for it (for each MiB of one frame) before
// it is closed.
inline constexpr absl::Duration kStreamStallTimeout = absl::Minutes(1);

// What one session may have queued to be written. What a master has much of is paged (below), so
// only a peer that hardly reads comes near.
inline constexpr size_t kMaxSessionQueueBytes = 128 << 20;
// What one more message in a queue counts beside its bytes.
inline constexpr size_t kQueuedMessageBytes = 64;

// How much of what it has for one scheduler (offers, answers to RECONCILE) a master sends before it
// waits until the peer has taken it.
inline constexpr size_t kPageBytes = 1 << 20;
// The calls of one scheduler that wait to be answered in pages.
inline constexpr size_t kMaxPagedCallBytes = 64 << 20;

// How many callbacks, kills and acknowledgements a driver keeps, and with how many callbacks, or
// bytes of them, waiting for the framework it reads no further.
inline constexpr size_t kMaxDriverQueue = 100'000;
inline constexpr size_t kDriverPauseCallbacks = 10'000;
inline constexpr size_t kDriverPauseBytes = 64 << 20;

// The head of an HTTP request, the body of one, and how long either may take to arrive whole.
inline constexpr size_t kMaxHttpHeaderBytes = 32 << 10;
inline constexpr size_t kMaxHttpBodyBytes = 16 << 20;
inline constexpr absl::Duration kHttpRequestTimeout = absl::Seconds(30);

// How long a kept-alive connection waits for its next request, and a body for its reader.
inline constexpr absl::Duration kHttpIdleTimeout = absl::Minutes(5);
inline constexpr absl::Duration kHttpStallTimeout = absl::Minutes(1);

// How long a connection that the server ends waits for the client to read the answer and go.
inline constexpr absl::Duration kHttpLingerTimeout = absl::Seconds(10);

// How many connections one daemon holds; further ones wait in the system's queue.
inline constexpr size_t kMaxHttpConnections = 50'000;

// How many connections of HTTP/2 are on their way to gRPC and to their first message at once, how
// many more wait for their turn, and for how long one that sends no message keeps its place.
inline constexpr size_t kMaxEnteringConnections = 256;
inline constexpr size_t kMaxWaitingConnections = 40'000;
inline constexpr absl::Duration kEnteringTimeout = absl::Seconds(2);

// How many of the process' descriptors connections of HTTP/2 leave to everything else, so that a
// daemon that has as many agents as it may have still answers.
inline constexpr size_t kReservedDescriptors = 256;

// How many fields one form or query may have.
inline constexpr size_t kMaxFormFields = 1'000;

// How deep JSON may nest.
inline constexpr int kMaxJsonDepth = 100;

// How many operators may follow the events of one master, as Mesos' default.
inline constexpr size_t kMaxEventSubscribers = 1'000;

// What the events may take that some operator has still to read, in each form (JSON, protobuf),
// however many follow.
inline constexpr size_t kMaxEventLogBytes = 64 << 20;

// How many queued messages one stream frame carries at most, and how many bytes.
inline constexpr size_t kMaxBatchMessages = 512;
inline constexpr size_t kMaxBatchBytes = 1 << 20;

// How many messages a received frame may carry; others' writers may batch more than ours.
inline constexpr size_t kMaxMessagesPerFrame = 10'000;

// How many streams a server holds at once; further ones are refused.
inline constexpr int kMaxStreamsPerServer = 100'000;

// How many agents a second a master has return to it, by which agents spread their dials once it is
// gone, and over how long at most.
inline constexpr int kAgentReturnsPerSecond = 10'000;
inline constexpr absl::Duration kMaxReturnSpread = absl::Minutes(1);

// How many frames a stream reads ahead of what the executor has taken; the peer's writes then wait.
inline constexpr int kMaxUndeliveredFrames = 4;

// How long a stream that is being closed may take to write what is queued before it is cut off.
inline constexpr absl::Duration kStreamCloseGrace = absl::Seconds(5);

// The largest file that file:///path names as a master's address.
inline constexpr size_t kMaxAddressFileBytes = 64 << 10;

// Ids are path components on the agent; Mesos bounds them by NAME_MAX.
inline constexpr size_t kMaxIdBytes = 255;

// The longest role path; each component becomes a node of the role tree.
inline constexpr size_t kMaxRoleBytes = 1024;

// What one framework or agent may say of itself; each is kept in memory and sent on as a whole. A
// task may be as large as a message.
inline constexpr size_t kMaxFrameworkInfoBytes = 1 << 20;
inline constexpr size_t kMaxAgentInfoBytes = 1 << 20;

// What a regular expression of an offer constraint may take when it is compiled, as Mesos'
// defaults: bytes, and instructions.
inline constexpr size_t kMaxConstraintRegexBytes = 4 << 10;
inline constexpr int kMaxConstraintRegexProgram = 100;

// What all agents that the registry knows may say of themselves together, and those of one host
// (address); each as its AgentInfo takes on the wire.
inline constexpr size_t kMaxAgentInfosBytes = 256 << 20;
inline constexpr size_t kMaxAgentInfosBytesPerHost = 32 << 20;

// How many nodes of the role tree the roles of one framework and of all frameworks may need, where
// no two share one: "a/b" and "a/c" count as four. A node takes some 1,300 bytes.
inline constexpr size_t kMaxRoleNodesPerFramework = 10'000;
inline constexpr size_t kMaxRoleNodes = 200'000;

// What the updates may take that one executor, and all executors of an agent, have given it and
// that no scheduler has acknowledged: all of them can wait for the link to the master at once. So
// much of each executor is taken whatever the others have, and so is an update of so few bytes that
// ends its task.
inline constexpr size_t kMaxExecutorUpdateBytes = 32 << 20;
inline constexpr size_t kMaxAgentUpdateBytes = 96 << 20;
inline constexpr size_t kReservedUpdateBytes = 1 << 20;
inline constexpr size_t kSmallUpdateBytes = 16 << 10;

// The longest time for which a framework can refuse resources; Mesos has the same.
inline constexpr absl::Duration kMaxRefuseDuration = absl::Hours(24 * 365);

// The largest scalar of a resource, in units (2^53 / 1000 keeps thousandths exact in a double).
inline constexpr double kMaxScalar = 9'007'199'254'740.0;

// The most ranges or set items one resource may have.
inline constexpr size_t kMaxRangesPerResource = 10'000;
inline constexpr size_t kMaxSetItemsPerResource = 10'000;

// The most filters that one framework role has on one agent; beyond, the one that ends first goes.
inline constexpr size_t kMaxFiltersPerAgent = 32;

// The most offers one event carries, and their bytes where there are several; more go into further
// events.
inline constexpr int kMaxOffersPerEvent = 1'000;
inline constexpr size_t kMaxOffersBytes = 1 << 20;

// How many statuses the master keeps of one task; the oldest goes first. A task that only moves
// forward has five.
inline constexpr int kMaxStatusesPerTask = 32;

}  // namespace mesos::limits
