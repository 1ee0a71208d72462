#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "mock-entra/webauthn/verify.h"

namespace keyrig::webauthn {

/// The error of a failed check.
inline tl::unexpected<VerifyError> Refuse(Check check, std::string step, std::string message) {
  return Err(VerifyError{check, std::move(step), std::move(message)});
}

/// Whether what came is among what is accepted.
bool Contains(const auto& accepted, const auto& item) {
  return std::ranges::find(accepted, item) != accepted.end();
}

}  // namespace keyrig::webauthn
