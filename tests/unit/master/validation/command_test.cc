#include "master/validation/command.h"

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

std::string Error(const std::string& text) {
  return ErrorOf(ValidateCommand(Parse<v1::CommandInfo>(text)));
}

std::string VariableError(const std::string& text) {
  return Error("environment { variables { " + text + " } }");
}

TEST(CommandTest, TakesWholeCommands) {
  EXPECT_EQ(Error(""), "");
  EXPECT_EQ(Error("value: 'sleep 1' user: 'nobody' uris { value: 'file:///x' } arguments: 'a'"),
            "");
  EXPECT_EQ(VariableError("name: 'A' value: ''"), "");
  EXPECT_EQ(VariableError("name: 'A' type: SECRET secret { type: VALUE value { data: 'x' } }"), "");
  EXPECT_EQ(VariableError("name: 'A' type: SECRET secret { type: REFERENCE reference { name: 'x' "
                          "} }"),
            "");
}

TEST(CommandTest, VariablesHaveWhatTheirTypeAsksFor) {
  EXPECT_EQ(VariableError("name: 'A'"),
            "Environment variable 'A' of type 'VALUE' must have a value set");
  EXPECT_EQ(VariableError("name: 'A' value: 'x' secret {}"),
            "Environment variable 'A' of type 'VALUE' must not have a secret set");
  EXPECT_EQ(VariableError("name: 'A' type: SECRET"),
            "Environment variable 'A' of type 'SECRET' must have a secret set");
  EXPECT_EQ(VariableError("name: 'A' type: SECRET secret {} value: 'x'"),
            "Environment variable 'A' of type 'SECRET' must not have a value set");
  EXPECT_EQ(VariableError("name: 'A' type: UNKNOWN"),
            "Environment variable of type 'UNKNOWN' is not allowed");
}

TEST(CommandTest, SecretsAreWhole) {
  const std::string prefix = "Environment variable 'A' specifies an invalid secret: ";
  const auto error = [](const std::string& secret) {
    return VariableError("name: 'A' type: SECRET secret { " + secret + " }");
  };
  EXPECT_EQ(error("type: REFERENCE"),
            prefix + "Secret of type REFERENCE must have the 'reference' field set");
  EXPECT_EQ(error("type: REFERENCE reference { name: 'r' } value { data: 'x' }"),
            prefix + "Secret 'r' of type REFERENCE must not have the 'value' field set");
  EXPECT_EQ(error("type: VALUE"), prefix + "Secret of type VALUE must have the 'value' field set");
  EXPECT_EQ(error("type: VALUE reference { name: 'r' } value { data: 'x' }"),
            prefix + "Secret of type VALUE must not have the 'reference' field set");
  EXPECT_EQ(error("type: VALUE value { data: 'a\\000b' }"),
            "Environment variable 'A' specifies a secret containing null bytes, which is not "
            "allowed in the environment");
}

TEST(CommandTest, NamesThatCannotBeVariablesAreRefused) {
  EXPECT_EQ(VariableError("name: '' value: 'x'"), "Environment variable must have a name set");
  EXPECT_EQ(VariableError("name: 'A=B' value: 'x'"),
            "Environment variable 'A=B' must not contain '=' or null bytes in its name");
}

TEST(CommandTest, NullBytesAreRefusedEverywhere) {
  EXPECT_EQ(VariableError("name: 'A' value: 'a\\000b'"),
            "Environment variable 'A' specifies a value containing null bytes");
  EXPECT_EQ(Error("value: 'a\\000b'"), "'value' contains null bytes");
  EXPECT_EQ(Error("user: 'a\\000b'"), "'user' contains null bytes");
  EXPECT_EQ(Error("arguments: 'a' arguments: 'a\\000b'"), "'arguments[1]' contains null bytes");
  EXPECT_EQ(Error("uris { value: 'a\\000b' }"), "'uris[0]' contains null bytes");
}

TEST(CommandTest, UrisAreNotEmpty) {
  EXPECT_EQ(Error("uris { value: '' }"), "'uris[0].value' must not be empty");
}

}  // namespace
}  // namespace mesos::master
