#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/conformance/client.h"

namespace keyrig::conformance {

/// What a key has to be like before a case.
enum class Start {
  kAny,     // as it is, with or without a PIN
  kFresh,   // as from the factory
  kPin,     // with a PIN that is known
  kFinger,  // with a PIN and an enrolled finger, the usual one
};

/// One thing that a key must do or must not do.
struct Case {
  std::string id;      // [a-z0-9_]+, unique
  std::string clause;  // "CTAP 2.3 §6.1.2 step 7"
  std::string shows;   // as a sentence about the key
  std::function<Outcome(Client&)> play;
  Start start = Start::kAny;
  /// Words of Info::Lacks, and "hid", "nfc", "own" (a key that keyrig made),
  /// "ctap1" (keys that speak U2F alone will do).
  std::vector<std::string> needs = {};
  /// Whether it leaves the key other than it found it, so that only a reset brings it back.
  bool spoils = false;
};

/// The cases of one topic.
struct Area {
  std::string id;     // [a-z0-9_]+
  std::string title;  // "clientPIN, protocol 1"
  std::vector<Case> cases;
};

/// All of them, in the order in which they are played.
const std::vector<Area>& AllAreas();

std::vector<Case> GetInfoCases();
std::vector<Case> MakeCredentialCases();
std::vector<Case> MakeCredentialFormCases();
std::vector<Case> AlgorithmCases();
std::vector<Case> GetAssertionCases();
std::vector<Case> GetAssertionFormCases();
std::vector<Case> OptionSweepCases();
std::vector<Case> EncodingCases();
std::vector<Case> ClientPinCases(int protocol);
std::vector<Case> TokenCases(int protocol);
std::vector<Case> HmacSecretCases();
std::vector<Case> ExtensionCases();
std::vector<Case> ResetCases();
std::vector<Case> CtapHidCases();
std::vector<Case> ResidentKeyCases();
std::vector<Case> CredentialManagementCases();
std::vector<Case> BioEnrollmentCases();
std::vector<Case> ConfigCases();
std::vector<Case> LargeBlobCases();
std::vector<Case> U2fCases();
std::vector<Case> NfcCases();

}  // namespace keyrig::conformance
