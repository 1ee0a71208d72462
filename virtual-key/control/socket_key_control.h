#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>

#include "harness/base/control.h"
#include "harness/base/event.h"

namespace keyrig::control {

/// Steers a key of another process over its control socket. Each call has a connection of its own,
/// so that any number may wait at once. Thread-safe.
class SocketKeyControl final : public KeyControl {
 public:
  /// `key` is its number, from 1; nothing where the process has only one.
  explicit SocketKeyControl(std::filesystem::path path, std::optional<int> key = {})
      : path_(std::move(path)), key_(key) {}

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
  /// PEM of the certificate that the key's attestation chains to.
  Result<std::string, Error> AttestationRoot();
  /// How many events the key has emitted in all.
  Result<std::uint64_t, Error> EventCount();
  /// Sends one request and gives the answer's members; an {"error": …} answer is an error.
  Result<nlohmann::json, Error> Ask(nlohmann::json request, const std::stop_token& stop = {}) const;

 private:
  const std::filesystem::path path_;
  const std::optional<int> key_;
};

/// Hands the events of a key of another process to a sink of this one, from the oldest on that the
/// key still has, until the object ends.
class EventFeed {
 public:
  static Result<std::unique_ptr<EventFeed>, Error> Start(const std::filesystem::path& path,
                                                         EventSink& sink);
  ~EventFeed();
  /// Returns once every event that the key had emitted before the call has reached the sink.
  Result<void, Error> CatchUp(Duration timeout = std::chrono::seconds(10));

 private:
  class Reader;
  EventFeed(std::filesystem::path path, std::unique_ptr<Reader> reader);

  const std::filesystem::path path_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace keyrig::control
