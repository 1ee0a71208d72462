#include "virtual-key/app/serve.h"

#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "virtual-key/control/control_server.h"
#include "virtual-key/nfc_key.h"
#include "virtual-key/store/sqlite_store.h"
#include "virtual-key/uhid_key.h"

namespace keyrig::app {
namespace {

/// Held back in every thread from now on, so that the main thread can wait for them.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void WarnOfSeed(std::uint64_t seed) {
  std::fprintf(
      stderr,
      "WARNING: --seed %llu: this key's secrets are NOT SECRET. Whoever knows the seed can "
      "compute every one of them. For tests only.\n",
      static_cast<unsigned long long>(seed));
}

/// Serves an attached key of any transport until the process is to end.
template <typename Key>
Result<void, Error> ServeUntilSignal(Key& key, const std::string& place,
                                     const ServeOptions& options, control::EventLog& events,
                                     const sigset_t& signals) {
  std::unique_ptr<control::ControlServer> server;
  if (options.control) {
    server = TRY(control::ControlServer::Start(*options.control,
                                               {key.Control(), events, key.AttestationRoot()}));
  }
  std::printf("ready: %s\n", place.c_str());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  return {};
}

}  // namespace

Result<void, Error> Serve(const ServeOptions& options) {
  const sigset_t signals = BlockEndSignals();
  if (options.seed) WarnOfSeed(*options.seed);
  const auto rng = options.seed ? std::make_unique<Rng>(*options.seed) : std::make_unique<Rng>();
  RealClock clock;
  control::EventLog events;
  VirtualKeyOptions key_options = options.key;
  if (options.store) key_options.store = TRY(key_store::SqliteStore::Open(*options.store));

  if (options.transport == Transport::kNfc) {
    const auto key = TRY(NfcKey::Create(key_options, options.vpcd_port, clock, *rng, events));
    return ServeUntilSignal(*key, key->Reader(), options, events, signals);
  }
  const auto key = TRY(UhidKey::Create(key_options, options.name, clock, *rng, events));
  if (!key->IsRealtime()) {
    std::fprintf(stderr,
                 "note: no real-time priority here (needs root, CAP_SYS_NICE or an rtprio limit); "
                 "packets of clients that do not pause may get lost\n");
  }
  return ServeUntilSignal(*key, key->Node(), options, events, signals);
}

}  // namespace keyrig::app
