#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "virtual-key/authenticator/status.h"
#include "virtual-key/authenticator/store.h"

/// The shape of an extension (CTAP 2.3 §12). Each is one file that ends with its entry for the
/// table in extensions.cc; makeCredential and getAssertion know none by name.
namespace keyrig::authenticator {

struct State;

/// What an extension sees of the command that it came with.
struct Ceremony {
  State& state;
  const RpId& rp;
  bool discoverable = false;  // makeCredential: whether the key itself will keep the credential
  bool user_present = true;
  bool user_verified = false;
  bool verified_by_finger = false;  // else by the PIN
};

/// What extensions answer.
struct ExtensionOutputs {
  cbor::Map authenticated;                      // within the authenticator data
  std::optional<ByteArray<32>> large_blob_key;  // a member of the answer itself
};

/// The input of one extension to one command and what comes of it. Lives on for getNextAssertion,
/// after the request is gone.
class ExtensionInput {
 public:
  virtual ~ExtensionInput() = default;
  /// Refuses; asked once, before anything is made or signed.
  virtual Outcome<void> Check(const Ceremony&) { return {}; }
  /// Acts on the credential that makeCredential is about to make.
  virtual void Shape(const Ceremony&, StoredCredential&) const {}
  /// Answers for a credential that was made or asserts.
  virtual void Answer(const Ceremony&, const StoredCredential&, ExtensionOutputs&) const {}
};

/// Null where the request has nothing for this extension to do; views may not be kept.
using DecodedExtension = Outcome<std::unique_ptr<ExtensionInput>>;

/// An extension as the key knows it.
struct Extension {
  const char* name;
  bool (*is_offered)(const State& state);
  /// Of a request's extensions map; null where the command has no input of this extension.
  DecodedExtension (*for_creation)(const cbor::Value& extensions);
  DecodedExtension (*for_assertion)(const cbor::Value& extensions);
};

extern const Extension kCredProtect, kHmacSecret, kHmacSecretMc, kCredBlob, kLargeBlobKey,
    kMinPinLength, kPinComplexityPolicy, kThirdPartyPayment, kUvm;

/// All that one request asks for.
class ExtensionInputs {
 public:
  /// Extensions that the key does not offer are ignored.
  static Outcome<ExtensionInputs> ForCreation(const State& state, const cbor::Value& extensions);
  static Outcome<ExtensionInputs> ForAssertion(const State& state, const cbor::Value& extensions);

  Outcome<void> Check(const Ceremony& ceremony);
  void Shape(const Ceremony& ceremony, StoredCredential& credential) const;
  ExtensionOutputs Answer(const Ceremony& ceremony, const StoredCredential& credential) const;

 private:
  std::vector<std::unique_ptr<ExtensionInput>> inputs_;
};

/// Names of the extensions that the key offers (getInfo member 0x02).
std::vector<const char*> OfferedExtensions(const State& state);

}  // namespace keyrig::authenticator
