#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/control.h"
#include "harness/base/result.h"

namespace keyrig::station {

/// How a step ended, in the vocabulary that scenarios expect. Denials are outcomes, not errors.
struct Outcome {
  enum class Kind {
    kGranted,
    kCtap,          // the key refused: "PIN_INVALID", "CREDENTIAL_EXCLUDED", …
    kAadsts,        // the sign-in service refused: "135016"
    kSecurityInfo,  // security info refused: ErrorCode "7"
    kGraph,         // Graph refused: error code "accessDenied"
    kNotOffered,    // the page does not offer the method: "security_key"
  };
  Kind kind = Kind::kGranted;
  std::string code;     // empty for kGranted
  std::string message;  // in the words that were seen; never compared
  /// "granted", "ctap PIN_INVALID", "aadsts 135016", "security_info 7".
  std::string Text() const;
  /// Kind and code only.
  bool Matches(const Outcome& other) const { return kind == other.kind && code == other.code; }
};

/// Someone with an account.
struct Account {
  std::string user_principal_name;
  std::string password;  // empty: none
};

/// What the administrator saves for the security key method; absent members stay as they are.
struct EnableSecurityKeys {
  Account as;
  bool enabled = true;
  std::optional<std::vector<std::string>> include;  // "all_users" or group names
  std::optional<std::vector<std::string>> exclude;  // group names
  std::optional<bool> enforce_attestation;
  std::optional<bool> allow_self_service;
  struct KeyRestrictions {
    bool enforced = true;
    std::string type;  // "allow" or "block"
    std::vector<std::string> aaguids;
  };
  std::optional<KeyRestrictions> key_restrictions;
};

/// A user signs in to My Security Info with a Temporary Access Pass, as below, chooses "Add sign-in
/// method" and leaves the page open.
struct OpenSecurityInfo {
  Account as;
  Account administrator;
};

/// A user registers a security key at My Security Info, having signed in with a Temporary Access
/// Pass that the administrator issues at the start of the step.
struct RegisterKey {
  Account as;
  Account administrator;
  std::string pin;  // created on the key where it has none
  Gesture gesture = Gesture::kTouch;
  std::string transport = "usb";
  std::string name;
  bool on_open_page = false;  // goes on where OpenSecurityInfo left off, without signing in
};

struct SignIn {
  Account as;
  std::string at = "myapps";
  std::string pin;
  Gesture gesture = Gesture::kTouch;
  bool by_user_name = true;  // false: the key's own discoverable credential names the user
};

/// The administrator deletes all keys of a user at the service (Graph); they keep their
/// credentials.
struct DeleteKeys {
  Account as;
  Account of;
};

/// One client machine: browser, operating system, the person in front. An error means that the
/// station could not play the step (service not reachable, a page that it cannot read), never that
/// something was refused.
class Station {
 public:
  virtual ~Station() = default;
  virtual Result<Outcome, Error> Do(const EnableSecurityKeys& step) = 0;
  virtual Result<Outcome, Error> Do(const OpenSecurityInfo& step) = 0;
  virtual Result<Outcome, Error> Do(const RegisterKey& step) = 0;
  virtual Result<Outcome, Error> Do(const SignIn& step) = 0;
  virtual Result<Outcome, Error> Do(const DeleteKeys& step) = 0;
};

}  // namespace keyrig::station
