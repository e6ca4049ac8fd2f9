#pragma once

// Command-line options of an example: --name=value, --name value, --switch, --no-switch.
//
//   Options options("demo_framework", "Launches tasks and measures them.");
//   std::string master;
//   options.Add("master", &master, "The master, as host:port or zk://host:port,.../path.");
//   if (std::optional<int> code = options.Parse(argc, argv)) return *code;
//
// Parse returns the exit code where the program is done: 0 after --help, 2 after an error, which is
// on stderr. Single-threaded.

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace examples {

class Options {
 public:
  Options(std::string program, std::string summary)
      : program_(std::move(program)), summary_(std::move(summary)) {}

  void Add(const std::string& name, std::string* value, const std::string& help) {
    options_.push_back({name, help, *value, false, [value](const std::string& text) {
                          *value = text;
                          return true;
                        }});
  }

  void Add(const std::string& name, int* value, const std::string& help) {
    options_.push_back(
        {name, help, std::to_string(*value), false, [value](const std::string& text) {
           char* end = nullptr;
           const long number = std::strtol(text.c_str(), &end, 10);
           *value = static_cast<int>(number);
           return !text.empty() && *end == '\0' && number >= 0 && number <= 100'000'000;
         }});
  }

  void Add(const std::string& name, bool* value, const std::string& help) {
    options_.push_back(
        {name, help, *value ? "true" : "false", true, [value](const std::string& text) {
           *value = text == "true";
           return text == "true" || text == "false";
         }});
  }

  std::optional<int> Parse(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      std::string argument = argv[i];
      if (argument == "--help" || argument == "-h") {
        PrintHelp();
        return 0;
      }
      if (argument.rfind("--", 0) != 0) return Fail(argument, "is not an option");
      argument = argument.substr(2);
      const size_t equals = argument.find('=');
      std::string name = argument.substr(0, equals);
      Option* option = Find(name);
      std::string value;
      if (option == nullptr && name.rfind("no-", 0) == 0) {
        option = Find(name.substr(3));
        if (option != nullptr && !option->is_switch) option = nullptr;
        value = "false";
      } else if (equals != std::string::npos) {
        value = argument.substr(equals + 1);
      } else if (option != nullptr && option->is_switch) {
        value = "true";
      } else if (option != nullptr && i + 1 < argc) {
        value = argv[++i];
      } else if (option != nullptr) {
        return Fail("--" + name, "needs a value");
      }
      if (option == nullptr) return Fail("--" + name, "is not an option");
      if (!option->set(value)) return Fail("--" + name, "cannot be '" + value + "'");
    }
    return std::nullopt;
  }

  // For a mistake that only the program can see.
  int Fail(const std::string& what, const std::string& fault) const {
    std::fprintf(stderr, "%s: %s %s; see --help\n", program_.c_str(), what.c_str(), fault.c_str());
    return 2;
  }

 private:
  struct Option {
    std::string name;
    std::string help;
    std::string initial;
    bool is_switch;
    std::function<bool(const std::string&)> set;
  };

  Option* Find(const std::string& name) {
    for (Option& option : options_) {
      if (option.name == name) return &option;
    }
    return nullptr;
  }

  void PrintHelp() const {
    std::printf("%s\n\nUsage: %s [options]\n\n", summary_.c_str(), program_.c_str());
    for (const Option& option : options_) {
      const std::string form = "--" + option.name + (option.is_switch ? "" : "=VALUE");
      std::printf("  %-32s %s", form.c_str(), option.help.c_str());
      if (!option.initial.empty()) std::printf(" (default: %s)", option.initial.c_str());
      std::printf("\n");
    }
    std::printf("  %-32s %s\n", "--help", "Print this and exit.");
  }

  std::string program_;
  std::string summary_;
  std::vector<Option> options_;
};

}  // namespace examples
