#include "master/validation/check.h"

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

std::string CheckError(const std::string& text) {
  return ErrorOf(ValidateCheck(Parse<v1::CheckInfo>(text)));
}

std::string HealthCheckError(const std::string& text) {
  return ErrorOf(ValidateHealthCheck(Parse<v1::HealthCheck>(text)));
}

TEST(CheckTest, TakesEachKind) {
  EXPECT_EQ(CheckError("type: COMMAND command { command { value: 'true' } }"), "");
  EXPECT_EQ(CheckError("type: HTTP http { port: 80 path: '/' }"), "");
  EXPECT_EQ(CheckError("type: TCP tcp { port: 80 }"), "");
  EXPECT_EQ(HealthCheckError("type: COMMAND command { value: 'true' }"), "");
  EXPECT_EQ(HealthCheckError("type: HTTP http { port: 80 scheme: 'https' }"), "");
  EXPECT_EQ(HealthCheckError("type: TCP tcp { port: 80 }"), "");
}

TEST(CheckTest, AsksForTypeAndItsPart) {
  EXPECT_EQ(CheckError(""), "CheckInfo must specify 'type'");
  EXPECT_EQ(CheckError("type: UNKNOWN"), "'UNKNOWN' is not a valid check type");
  EXPECT_EQ(CheckError("type: COMMAND"), "Expecting 'command' to be set for COMMAND check");
  EXPECT_EQ(CheckError("type: HTTP"), "Expecting 'http' to be set for HTTP check");
  EXPECT_EQ(CheckError("type: TCP"), "Expecting 'tcp' to be set for TCP check");
  EXPECT_EQ(HealthCheckError(""), "HealthCheck must specify 'type'");
  EXPECT_EQ(HealthCheckError("type: UNKNOWN"), "'UNKNOWN' is not a valid health check type");
  EXPECT_EQ(HealthCheckError("type: COMMAND"),
            "Expecting 'command' to be set for COMMAND health check");
  EXPECT_EQ(HealthCheckError("type: HTTP"), "Expecting 'http' to be set for HTTP health check");
  EXPECT_EQ(HealthCheckError("type: TCP"), "Expecting 'tcp' to be set for TCP health check");
}

TEST(CheckTest, CommandsMustBeWhole) {
  EXPECT_EQ(CheckError("type: COMMAND command { command {} }"),
            "Command check must contain 'shell command'");
  EXPECT_EQ(HealthCheckError("type: COMMAND command { shell: false }"),
            "Command health check must contain 'executable path'");
  EXPECT_EQ(CheckError("type: COMMAND command { command { value: 'x' environment { variables { "
                       "name: 'V' } } } }"),
            "Check's `CommandInfo` is invalid: Environment variable 'V' of type 'VALUE' must have "
            "a value set");
  EXPECT_EQ(HealthCheckError("type: COMMAND command { value: 'x' environment { variables { "
                             "name: 'V' } } }"),
            "Health check's `CommandInfo` is invalid: Environment variable 'V' of type 'VALUE' "
            "must have a value set");
}

TEST(CheckTest, HttpPathsAndSchemes) {
  EXPECT_EQ(CheckError("type: HTTP http { port: 80 path: 'x' }"),
            "The path 'x' of HTTP check must start with '/'");
  EXPECT_EQ(HealthCheckError("type: HTTP http { port: 80 path: 'x' }"),
            "The path 'x' of HTTP health check must start with '/'");
  EXPECT_EQ(HealthCheckError("type: HTTP http { port: 80 scheme: 'ftp' }"),
            "Unsupported HTTP health check scheme: 'ftp'");
}

TEST(CheckTest, TimesAreNotNegative) {
  for (const char* field : {"delay_seconds", "interval_seconds", "timeout_seconds"}) {
    const std::string text = "type: TCP tcp { port: 1 } " + std::string(field);
    const std::string error = "Expecting '" + std::string(field) + "' to be non-negative";
    EXPECT_EQ(CheckError(text + ": -1"), error);
    EXPECT_EQ(HealthCheckError(text + ": -0.5"), error);
    EXPECT_EQ(HealthCheckError(text + ": nan"), error);
  }
  EXPECT_EQ(HealthCheckError("type: TCP tcp { port: 1 } grace_period_seconds: -1"),
            "Expecting 'grace_period_seconds' to be non-negative");
}

}  // namespace
}  // namespace mesos::master
