#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/device/fido2_key.h"

namespace keyrig::device {

/// Whether a physical key may be used at all: `owned` (--i-own-this-key) must name its model, for
/// then the caller knows that this very key is meant. A key with a PIN is somebody's; one without
/// tells nobody which credentials it holds (CTAP 2.1 §6.8 wants a PIN token), and how many still
/// fit in proves nothing, for no key says how many it can hold. Only of a key that keeps no
/// discoverable credentials at all, and has no PIN, is it certain that nothing is lost: that one
/// needs no word. The error says what is known: a PIN, a fingerprint, a credential of `rp`, or that
/// it cannot be known. Only looks; never touches, never resets.
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
