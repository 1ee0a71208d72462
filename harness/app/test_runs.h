#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/app/bench.h"
#include "harness/app/catalogue.h"
#include "harness/app/temporary_folder.h"

namespace keyrig::app {

/// A bench for tests; certificates and signing keys are made once for all of them.
class TestRuns {
 public:
  static TestRuns& Get() {
    static TestRuns runs;
    return runs;
  }

  struct Played {
    scenario::ScenarioResult result;
    std::vector<Event> events;
  };
  Played Play(const scenario::Scenario& scenario, std::uint64_t seed = 1,
              device::DeviceSpec device = {}) {
    const auto [key, made] = signing_keys_.try_emplace(seed);
    if (made) key->second = SigningKey(seed);
    BenchOptions options;
    options.key = std::move(device);
    options.virtual_key_program = std::filesystem::path(KEYRIG_BIN_DIR) / "virtual-key";
    options.seed = seed;
    options.folder = folder_.Path();
    options.ca = ca_;
    options.signing_key = key->second;
    EventStream events;
    Played played;
    played.result = PlayScenario(scenario, catalogue_.tenants.at(scenario.tenant), options, events);
    played.events = events.Events();
    return played;
  }

  const Catalogue& Scenarios() const { return catalogue_; }
  const scenario::Scenario& Named(const std::string& name) const {
    return *catalogue_.Select({name}).value().at(0);
  }

 private:
  Catalogue catalogue_ = LoadCatalogue(std::nullopt).value();
  TemporaryFolder folder_ = TemporaryFolder::Make().value();
  http::PrivateCa ca_ = http::OpenPrivateCa(folder_.Path() / "ca").value();
  std::map<std::uint64_t, crypto::PrivateKey> signing_keys_;
};

}  // namespace keyrig::app
