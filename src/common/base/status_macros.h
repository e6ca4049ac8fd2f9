#pragma once

// RETURN_IF_ERROR(expr) and ASSIGN_OR_RETURN(lhs, expr): early return of an absl::Status.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define MESOS_CONCAT_INNER(a, b) a##b
#define MESOS_CONCAT(a, b) MESOS_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)              \
  do {                                           \
    absl::Status mesos_status = (expression);    \
    if (!mesos_status.ok()) return mesos_status; \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expression) \
  ASSIGN_OR_RETURN_IMPL(MESOS_CONCAT(mesos_status_or_, __LINE__), lhs, expression)

#define ASSIGN_OR_RETURN_IMPL(result, lhs, expression) \
  auto result = (expression);                          \
  if (!result.ok()) return std::move(result).status(); \
  lhs = std::move(result).value()
