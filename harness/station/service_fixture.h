#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "harness/base/certificate.h"
#include "harness/base/crypto.h"
#include "harness/device/operator.h"
#include "harness/device/physical_key.h"
#include "harness/station/native_station.h"
#include "mock-entra/http/server.h"
#include "mock-entra/mock_entra.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::station {

/// A mock service behind TLS, a key of this process and a native station between them; time stands
/// still but for the key's own waiting, and chance is seeded.
class ServiceBench {
 public:
  using Handler = http::Server::Handler;
  /// Stands between server and service; may change what passes.
  using Proxy = std::function<http::Response(const http::Request&, const Handler& service)>;

  explicit ServiceBench(std::uint64_t seed = 7, VirtualKeyOptions key_options = {},
                        Proxy proxy = {})
      : rng_(seed), proxy_(std::move(proxy)) {
    key_ = MemoryKey::Create(std::move(key_options), clock_, rng_, events_).value();
    auto tenant = directory::LoadTenant(directory::BuiltInTenant()).value();
    if (const Bytes root = key_->AttestationRoot(); !root.empty()) {
      tenant.attestation_roots = {crypto::Certificate::FromDer(root).value()};
    }
    service_ = std::make_unique<MockEntra>(std::move(tenant), clock_, rng_, events_, SigningKey());
    server_ = http::Server::Start("127.0.0.1:0", Ca().server, [this](const http::Request& request) {
                const Handler service = [this](const http::Request& passed) {
                  return service_->Handle(passed);
                };
                return proxy_ ? proxy_(request, service) : service(request);
              }).value();
    person_ = device::ScriptedOperator(key_->Control());
    station_ = OpenNativeStation({.port = server_->Port(),
                                  .ca_path = Ca().ca_path,
                                  .open_key = [this] { return OpenKey(); },
                                  .key_name = "the blue key",
                                  .person = person_.get(),
                                  .created = &created_,
                                  .rng = &rng_,
                                  .events = &events_,
                                  .clock = &clock_,
                                  .event_source = "station"})
                   .value();
  }

  Result<device::Fido2Key, Error> OpenKey() {
    return device::Fido2Key::OpenPort(key_->Open(), rng_, events_, "station");
  }

  /// How a step ends, as scenarios write it; an error of the station in words.
  template <typename Step>
  std::string Do(const Step& step) {
    const auto outcome = station_->Do(step);
    return outcome ? outcome->Text() : "error: " + outcome.error().message;
  }

  FrozenClock& Time() { return clock_; }
  EventStream& Events() { return events_; }
  MemoryKey& Key() { return *key_; }
  device::CreatedCredentials& Created() { return created_; }

 private:
  // Both are slow to make and the same for every test.
  static const http::PrivateCa& Ca() {
    static const http::PrivateCa ca =
        http::OpenPrivateCa(std::filesystem::path(testing::TempDir()) / "keyrig_station_ca")
            .value();
    return ca;
  }
  static const crypto::PrivateKey& SigningKey() {
    static const crypto::PrivateKey key = [] {
      RandomStream stream = Rng(1).Stream("token signing key");
      return crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
    }();
    return key;
  }

  FrozenClock clock_{Instant(std::chrono::seconds(1'796'000'000))};
  Rng rng_;
  EventStream events_;
  Proxy proxy_;
  std::unique_ptr<MemoryKey> key_;
  std::unique_ptr<MockEntra> service_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<device::Operator> person_;
  device::CreatedCredentials created_{[this] { return OpenKey(); }};
  std::unique_ptr<Station> station_;
};

inline constexpr const char* kPin = "123456";

inline Account Administrator() { return {"admin@contoso.onmicrosoft.com", "Administrator-6271"}; }
inline Account Adele() { return {"adele@contoso.onmicrosoft.com", "Blue-Harbour-3305"}; }
inline Account Diego() { return {"diego@contoso.onmicrosoft.com", "Copper-Ladder-4417"}; }

inline EnableSecurityKeys Enabling() {
  EnableSecurityKeys step;
  step.as = Administrator();
  step.include = {{"all_users"}};
  return step;
}
inline RegisterKey Registering(Account who = Adele()) {
  RegisterKey step;
  step.as = std::move(who);
  step.administrator = Administrator();
  step.pin = kPin;
  step.name = "Blue key";
  return step;
}
inline SignIn SigningIn(Account who = Adele()) {
  SignIn step;
  step.as = std::move(who);
  step.pin = kPin;
  return step;
}

}  // namespace keyrig::station
