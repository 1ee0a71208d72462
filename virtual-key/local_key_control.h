#pragma once

#include <mutex>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/control.h"
#include "virtual-key/key_core.h"

namespace keyrig::virtual_key {

/// How a key hangs on its host.
class Attachment {
 public:
  virtual ~Attachment() = default;
  /// Both are called only when they change something.
  virtual Result<void, Error> Attach() = 0;
  virtual void Detach() = 0;
  virtual bool IsAttached() const = 0;
  /// "/dev/hidraw3", or empty where there is none.
  virtual std::string Node() const = 0;
};

/// Steers a key of this process. Thread-safe.
class LocalKeyControl final : public KeyControl {
 public:
  LocalKeyControl(KeyCore& core, Attachment& attachment, Clock& clock)
      : core_(core), attachment_(attachment), clock_(clock) {}

  Result<void, Error> Touch(Duration expiry, std::stop_token stop) override;
  Result<void, Error> Decline(Duration expiry, std::stop_token stop) override;
  Result<void, Error> Give(const GestureScript& script, Duration expiry,
                           std::stop_token stop) override;
  Result<void, Error> SetGesture(GestureScript script) override;
  Result<void, Error> Unplug() override;
  Result<void, Error> Plug() override;
  Result<void, Error> PowerCycle() override;
  Result<void, Error> Advance(Duration by) override;
  Result<void, Error> SetFault(const std::string& fault) override;
  Result<void, Error> ClearFaults() override;
  Result<KeyStateReport, Error> State() override;
  Result<void, Error> AddCredential(const PortableCredential& credential) override;
  Result<std::vector<PortableCredential>, Error> Credentials() override;
  Result<void, Error> RemoveCredential(const CredentialId& id) override;
  Result<void, Error> RemoveAllCredentials() override;
  Result<void, Error> SetUserVerified(bool verified) override;

 private:
  void Detach();
  void Emit(std::string_view kind);

  KeyCore& core_;
  Attachment& attachment_;
  Clock& clock_;
  std::mutex plugging_;
};

}  // namespace keyrig::virtual_key
