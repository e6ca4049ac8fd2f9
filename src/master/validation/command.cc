#include "master/validation/command.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace mesos::master {
namespace {

bool HasZeroByte(const std::string& text) { return text.find('\0') != std::string::npos; }

absl::Status ValidateSecret(const v1::Secret& secret) {
  switch (secret.type()) {
    case v1::Secret::REFERENCE:
      if (!secret.has_reference()) {
        return absl::InvalidArgumentError(
            "Secret of type REFERENCE must have the 'reference' field set");
      }
      if (secret.has_value()) {
        return absl::InvalidArgumentError(
            absl::StrCat("Secret '", secret.reference().name(),
                         "' of type REFERENCE must not have the 'value' field set"));
      }
      return absl::OkStatus();
    case v1::Secret::VALUE:
      if (!secret.has_value()) {
        return absl::InvalidArgumentError("Secret of type VALUE must have the 'value' field set");
      }
      if (secret.has_reference()) {
        return absl::InvalidArgumentError(
            "Secret of type VALUE must not have the 'reference' field set");
      }
      return absl::OkStatus();
    case v1::Secret::UNKNOWN:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Invalid(const v1::Environment::Variable& variable, absl::string_view fault) {
  return absl::InvalidArgumentError(
      absl::StrCat("Environment variable '", variable.name(), "' ", fault));
}

absl::Status ValidateSecretVariable(const v1::Environment::Variable& variable) {
  if (!variable.has_secret()) return Invalid(variable, "of type 'SECRET' must have a secret set");
  if (variable.has_value()) return Invalid(variable, "of type 'SECRET' must not have a value set");
  if (absl::Status status = ValidateSecret(variable.secret()); !status.ok()) {
    return Invalid(variable, absl::StrCat("specifies an invalid secret: ", status.message()));
  }
  if (HasZeroByte(variable.secret().value().data())) {
    return Invalid(variable,
                   "specifies a secret containing null bytes, which is not allowed in the "
                   "environment");
  }
  return absl::OkStatus();
}

absl::Status ValidateVariable(const v1::Environment::Variable& variable) {
  if (variable.name().empty()) {
    return absl::InvalidArgumentError("Environment variable must have a name set");
  }
  if (variable.name().find('=') != std::string::npos || HasZeroByte(variable.name())) {
    return Invalid(variable, "must not contain '=' or null bytes in its name");
  }
  switch (variable.type()) {
    case v1::Environment::Variable::SECRET:
      return ValidateSecretVariable(variable);
    case v1::Environment::Variable::VALUE:
      if (!variable.has_value()) return Invalid(variable, "of type 'VALUE' must have a value set");
      if (variable.has_secret()) {
        return Invalid(variable, "of type 'VALUE' must not have a secret set");
      }
      if (HasZeroByte(variable.value())) {
        return Invalid(variable, "specifies a value containing null bytes");
      }
      return absl::OkStatus();
    case v1::Environment::Variable::UNKNOWN:
      return absl::InvalidArgumentError("Environment variable of type 'UNKNOWN' is not allowed");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateEnvironment(const v1::Environment& environment) {
  for (const v1::Environment::Variable& variable : environment.variables()) {
    RETURN_IF_ERROR(ValidateVariable(variable));
  }
  return absl::OkStatus();
}

absl::Status ValidateCommand(const v1::CommandInfo& command) {
  RETURN_IF_ERROR(ValidateEnvironment(command.environment()));
  if (HasZeroByte(command.value())) {
    return absl::InvalidArgumentError("'value' contains null bytes");
  }
  if (HasZeroByte(command.user())) {
    return absl::InvalidArgumentError("'user' contains null bytes");
  }
  for (int i = 0; i < command.arguments_size(); ++i) {
    if (HasZeroByte(command.arguments(i))) {
      return absl::InvalidArgumentError(absl::StrCat("'arguments[", i, "]' contains null bytes"));
    }
  }
  for (int i = 0; i < command.uris_size(); ++i) {
    if (command.uris(i).value().empty()) {
      return absl::InvalidArgumentError(absl::StrCat("'uris[", i, "].value' must not be empty"));
    }
    if (HasZeroByte(command.uris(i).value()) || HasZeroByte(command.uris(i).output_file())) {
      return absl::InvalidArgumentError(absl::StrCat("'uris[", i, "]' contains null bytes"));
    }
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
