#include <array>

#include "virtual-key/authenticator/extension.h"

namespace keyrig::authenticator {
namespace {

constexpr std::array kExtensions = {
    &kCredProtect,  &kHmacSecret,          &kHmacSecretMc,      &kCredBlob, &kLargeBlobKey,
    &kMinPinLength, &kPinComplexityPolicy, &kThirdPartyPayment, &kUvm};

}  // namespace

Outcome<ExtensionInputs> ExtensionInputs::ForCreation(const State& state,
                                                      const cbor::Value& extensions) {
  ExtensionInputs decoded;
  for (const Extension* extension : kExtensions) {
    if (extension->for_creation == nullptr || !extension->is_offered(state)) continue;
    if (auto input = TRY(extension->for_creation(extensions))) {
      decoded.inputs_.push_back(std::move(input));
    }
  }
  return decoded;
}

Outcome<ExtensionInputs> ExtensionInputs::ForAssertion(const State& state,
                                                       const cbor::Value& extensions) {
  ExtensionInputs decoded;
  for (const Extension* extension : kExtensions) {
    if (extension->for_assertion == nullptr || !extension->is_offered(state)) continue;
    if (auto input = TRY(extension->for_assertion(extensions))) {
      decoded.inputs_.push_back(std::move(input));
    }
  }
  return decoded;
}

Outcome<void> ExtensionInputs::Check(const Ceremony& ceremony) {
  for (const auto& input : inputs_) TRY(input->Check(ceremony));
  return {};
}

void ExtensionInputs::Shape(const Ceremony& ceremony, StoredCredential& credential) const {
  for (const auto& input : inputs_) input->Shape(ceremony, credential);
}

ExtensionOutputs ExtensionInputs::Answer(const Ceremony& ceremony,
                                         const StoredCredential& credential) const {
  ExtensionOutputs outputs;
  for (const auto& input : inputs_) input->Answer(ceremony, credential, outputs);
  return outputs;
}

std::vector<const char*> OfferedExtensions(const State& state) {
  std::vector<const char*> names;
  for (const Extension* extension : kExtensions) {
    if (extension->is_offered(state)) names.push_back(extension->name);
  }
  return names;
}

}  // namespace keyrig::authenticator
