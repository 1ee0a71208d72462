#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/device/fido2_key.h"

namespace keyrig::device {

/// Whether a physical key may be used at all. It is refused when it holds a PIN, a fingerprint or a
/// credential of `rp`, unless `owned` (--i-own-this-key) names its model: then the caller knows
/// that this very key is meant. Only looks; never touches, never resets.
Result<void, Error> MayUsePhysicalKey(Fido2Key& key, const RpId& rp, std::optional<Aaguid> owned);

/// What a run made on a key, so that it can be taken away again, also after a failure.
class CreatedCredentials {
 public:
  using OpenKey = std::function<Result<Fido2Key, Error>()>;
  explicit CreatedCredentials(OpenKey open) : open_(std::move(open)) {}
  /// Deletes what is left; whoever wants to know how that went calls DeleteAll before.
  ~CreatedCredentials();
  CreatedCredentials(const CreatedCredentials&) = delete;
  CreatedCredentials& operator=(const CreatedCredentials&) = delete;

  void Note(CredentialId id, std::string pin);
  std::size_t Count() const { return made_.size(); }
  /// Deletes each, with the PIN that it was made with, and says how many there were. One that the
  /// key does not know any more counts as deleted. The error lists the credentials that are still
  /// on the key, and why.
  Result<std::size_t, Error> DeleteAll();

 private:
  struct Made {
    CredentialId id;
    std::string pin;
  };
  OpenKey open_;
  std::vector<Made> made_;
};

}  // namespace keyrig::device
