#pragma once

#include <variant>

#include "harness/base/result.h"
#include "harness/station/station.h"

namespace keyrig::station {

/// Why a walk through the pages ended before its goal: the station could not go on, or something
/// was refused.
using Stop = std::variant<Error, Outcome>;
template <typename T>
using Walk = Result<T, Stop>;

inline tl::unexpected<Stop> Refused(Outcome::Kind kind, std::string code, std::string message) {
  return tl::unexpected<Stop>(Outcome{kind, std::move(code), std::move(message)});
}

/// What a step reports of a walk.
inline Result<Outcome, Error> Settle(Walk<Outcome> walk) {
  if (walk) return *std::move(walk);
  if (const auto* outcome = std::get_if<Outcome>(&walk.error())) return *outcome;
  return Err(std::get<Error>(walk.error()));
}

}  // namespace keyrig::station
