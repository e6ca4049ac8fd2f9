#pragma once

// Sets flags from where they may come: the command line, MESOS_* and LIBPROCESS_* variables.
//
//   FlagLoader loader(program, &notes);
//   RETURN_IF_ERROR(loader.LoadArguments({"--port=0"}));
//   RETURN_IF_ERROR(loader.LoadEnvironment({"MESOS_IP=10.0.0.1", "LIBPROCESS_PORT=1"}));
//   loader.SourceOf("port")                              // "flag 'port'"
//
// What was loaded first stays. `notes` gets what the user should know although it is no error.
// Errors are InvalidArgument, or Unimplemented for what this version lacks, and name the flag and
// where it comes from. Of one thread; no file is read but those that values name.

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/flags/flags.h"

namespace mesos::flags {

class FlagLoader {
 public:
  FlagLoader(const Program& program, std::vector<std::string>* notes)
      : program_(program), notes_(*notes) {}

  absl::Status LoadArguments(const std::vector<std::string>& arguments);
  absl::Status LoadEnvironment(const std::vector<std::string>& environment);

  // How an error names a flag: with its variable, where it came from one.
  std::string SourceOf(const std::string& name) const;

 private:
  using Variables = std::map<std::string, std::string>;

  absl::Status LoadArgument(const std::string& text);
  absl::Status LoadVariable(const std::string& variable, const std::string& value);
  absl::Status LoadLibprocess(const Variables& variables);
  absl::Status Set(const std::string& name, const std::string& source, const std::string& value);
  std::string Resolve(const std::string& given);

  const Program& program_;
  std::vector<std::string>& notes_;
  // By the flags' names: what names them in errors, and the variable where it was one.
  std::map<std::string, std::string> sources_;
  std::map<std::string, std::string> variables_;
  std::vector<std::string> unknown_;  // variables
};

}  // namespace mesos::flags
