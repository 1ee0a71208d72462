#pragma once

#include <string>
#include <utility>

#include "harness/base/result.h"

namespace keyrig::conformance {

/// Why a case ends early.
struct Stop {
  enum class Kind { kFailed, kNotApplicable };
  Kind kind = Kind::kFailed;
  std::string message;
};

/// A value, or why the case ends.
template <typename T>
using OrStop = Result<T, Stop>;
using Outcome = OrStop<void>;

inline tl::unexpected<Stop> Failed(std::string message) {
  return Err(Stop{Stop::Kind::kFailed, std::move(message)});
}
inline tl::unexpected<Stop> NotApplicable(std::string message) {
  return Err(Stop{Stop::Kind::kNotApplicable, std::move(message)});
}

/// A failure with what it means where `holds` is false.
inline Outcome Check(bool holds, std::string otherwise) {
  if (holds) return {};
  return Failed(std::move(otherwise));
}

/// A failure of the bench is one of the case.
template <typename T>
OrStop<T> FromBench(Result<T, Error> result) {
  return std::move(result).map_error(
      [](const Error& error) { return Stop{Stop::Kind::kFailed, error.message}; });
}

}  // namespace keyrig::conformance
