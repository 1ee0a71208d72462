#include "mock-entra/webauthn/attestation.h"

#include <array>
#include <utility>

namespace keyrig::webauthn {

VerificationProcedure FindVerificationProcedure(std::string_view format) {
  // A new format is one file with its procedure, and one line here.
  static constexpr std::array kFormats = {
      std::pair<std::string_view, VerificationProcedure>{"none", &VerifyNone},
      std::pair<std::string_view, VerificationProcedure>{"packed", &VerifyPacked},
  };
  for (const auto& [name, procedure] : kFormats) {
    if (name == format) return procedure;
  }
  return nullptr;
}

}  // namespace keyrig::webauthn
