#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/device/fido2_key.h"
#include "harness/device/operator.h"
#include "harness/device/physical_key.h"
#include "harness/station/stop.h"
#include "harness/station/url.h"

namespace keyrig::station {

/// How the person behaves in front of the key.
struct Presence {
  std::string pin;
  Gesture gesture = Gesture::kTouch;
  std::string user_name;  // whose credential is chosen where the key offers several
};

/// PublicKeyCredentialCreationOptions (WebAuthn L3 §5.4), as far as this service uses them.
struct CreationOptions {
  Bytes challenge;
  RpId rp;
  std::string rp_name;
  UserHandle user;
  std::string user_name, user_display_name;
  std::vector<CoseAlgorithm> algorithms;
  std::vector<CredentialId> exclude;
  bool resident_key = true;
  bool hmac_secret = false;
  int cred_protect = 0;
};

struct CreatedCredential {
  CredentialId id;
  std::string client_data_json;
  Bytes attestation_object;
  Aaguid aaguid;
  bool backup_eligible = false;
  bool backed_up = false;
  bool hmac_secret = false;  // the key agreed to it
};

/// PublicKeyCredentialRequestOptions (WebAuthn L3 §5.5), likewise.
struct RequestOptions {
  Bytes challenge;
  RpId rp;
  std::vector<CredentialId> allow;  // empty: whatever the key has discovered
};

struct Assertion {
  device::MadeAssertion made;
  std::string client_data_json;
};

/// What browser and operating system do between a page and the key: client data, PIN, touch. Two
/// ceremonies never overlap.
class Ceremonies {
 public:
  using OpenKey = std::function<Result<device::Fido2Key, Error>()>;
  /// `created` may be null.
  Ceremonies(OpenKey open_key, device::Operator& person, std::string key_name,
             device::CreatedCredentials* created)
      : open_key_(std::move(open_key)),
        person_(person),
        key_name_(std::move(key_name)),
        created_(created) {}

  /// navigator.credentials.create() on a page of `origin`. Creates the PIN first where the key has
  /// none. An RP ID that the origin may not claim is refused as a browser does.
  Walk<CreatedCredential> Create(const Url& page, const CreationOptions& options,
                                 const Presence& presence);
  /// navigator.credentials.get() with user verification required.
  Walk<Assertion> Get(const Url& page, const RequestOptions& options, const Presence& presence);

 private:
  OpenKey open_key_;
  device::Operator& person_;
  std::string key_name_;
  device::CreatedCredentials* created_;
};

/// CollectedClientData (WebAuthn L3 §5.8.1.1), serialised.
std::string ClientDataJson(std::string_view type, ByteView challenge, std::string_view origin);

/// Whether a page on `host` may use `rp`: its own host or a suffix of it at a dot.
bool MayClaim(const RpId& rp, std::string_view host);

}  // namespace keyrig::station
