#pragma once

// One message, one line: what a daemon logs of the names, ids and reasons of others has no control
// characters, so that nobody can forge a line of its log or move the cursor of who reads it. Holds
// for every LOG, whatever it is made of, since it stands where glog writes.
//
//   LogByLine(google::GLOG_INFO);   // once; after InitGoogleLogging, which names glog's files
//
// What glog writes when the process crashes is its own, and keeps its lines.

#include "glog/logging.h"

namespace mesos::flags {

// Escapes what goes to files, and to stderr, of which `least` is the least severe. glog itself
// writes nothing to stderr any more.
void LogByLine(google::LogSeverity least);

}  // namespace mesos::flags
