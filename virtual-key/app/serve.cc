#include "virtual-key/app/serve.h"

#include <signal.h>

#include <cstdio>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "virtual-key/app/journal_file.h"
#include "virtual-key/control/control_server.h"
#include "virtual-key/control/http_token.h"
#include "virtual-key/gadget_key.h"
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

/// Starts the HTTP control and says where it is and what its clients must know.
Result<std::unique_ptr<control::HttpServer>, Error> StartHttp(
    const HttpOptions& options, const control::ControlTargets& targets) {
  const std::string token = options.token_file ? TRY(control::OpenHttpToken(*options.token_file))
                                               : control::NewHttpToken();
  auto server = TRY(control::HttpServer::Start(options.address, token, targets));
  std::printf("http: %s\ntoken: %s\n", server->Url().c_str(),
              options.token_file ? ("in " + options.token_file->string()).c_str() : token.c_str());
  return server;
}

/// Serves attached keys until the process is to end.
Result<void, Error> ServeUntilSignal(const control::ControlTargets& targets,
                                     const std::vector<std::string>& places,
                                     const ServeOptions& options, const sigset_t& signals) {
  std::unique_ptr<control::ControlServer> socket;
  if (options.control) socket = TRY(control::ControlServer::Start(*options.control, targets));
  std::unique_ptr<control::HttpServer> http;
  if (options.http) http = TRY(StartHttp(*options.http, targets));
  for (const std::string& place : places) std::printf("ready: %s\n", place.c_str());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  return {};
}

const char* NameOf(Transport transport) {
  switch (transport) {
    case Transport::kUhid:
      return "uhid";
    case Transport::kNfc:
      return "nfc";
    case Transport::kGadget:
      return "gadget";
  }
  return "";
}

std::unique_ptr<Rng> RngOf(const ServeOptions& options, int number) {
  if (!options.seed) return std::make_unique<Rng>();
  return std::make_unique<Rng>(*options.seed + static_cast<std::uint64_t>(number - 1));
}

Result<VirtualKeyOptions, Error> OptionsOf(const ServeOptions& options, int number) {
  VirtualKeyOptions key = options.key;
  std::filesystem::path store = options.store.value_or("");
  if (options.count > 1) {
    key.event_source += "." + std::to_string(number);
    store += "." + std::to_string(number);
  }
  if (options.store) key.store = TRY(key_store::SqliteStore::Open(store));
  // Nobody else would read it.
  if (options.journal || options.control) {
    const bool is_card = options.transport == Transport::kNfc;
    key.journal = std::make_shared<journal::Journal>(
        is_card ? journal::Wire::kCard : journal::Wire::kHid, NameOf(options.transport));
  }
  return key;
}

/// Writes a key's journal where the options say so; several keys' to "key.1.txt", "key.2.txt".
Result<std::unique_ptr<JournalFile>, Error> StartJournalFile(
    const ServeOptions& options, int number, std::shared_ptr<const journal::Journal> journal) {
  if (!options.journal) return nullptr;
  std::filesystem::path path = *options.journal;
  if (options.count > 1) {
    path.replace_extension(std::to_string(number) + options.journal->extension().string());
  }
  return JournalFile::Start(path, options.journal_format, std::move(journal));
}

/// One of the process's keys, with the time and the chance that are its own.
struct PluggedKey {
  RealClock clock;
  std::unique_ptr<Rng> rng;
  std::unique_ptr<JournalFile> journal_file;  // outlives the key, whose last words it writes, too
  std::unique_ptr<UhidKey> key;
};

Result<void, Error> ServeUhidKeys(const ServeOptions& options, control::EventLog& events,
                                  const sigset_t& signals) {
  std::list<PluggedKey> keys;
  control::ControlTargets targets{{}, events};
  std::vector<std::string> nodes;
  for (int number = 1; number <= options.count; ++number) {
    PluggedKey& plugged = keys.emplace_back();
    plugged.rng = RngOf(options, number);
    const VirtualKeyOptions key_options = TRY(OptionsOf(options, number));
    plugged.journal_file = TRY(StartJournalFile(options, number, key_options.journal));
    plugged.key =
        TRY(UhidKey::Create(key_options, options.usb, plugged.clock, *plugged.rng, events));
    targets.keys.push_back(
        {plugged.key->Control(), plugged.key->AttestationRoot(), key_options.journal.get()});
    nodes.push_back(plugged.key->Node());
  }
  if (!keys.front().key->IsRealtime()) {
    std::fprintf(stderr,
                 "note: no real-time priority here (needs root, CAP_SYS_NICE or an rtprio limit); "
                 "packets of clients that do not pause may get lost\n");
  }
  return ServeUntilSignal(targets, nodes, options, signals);
}

}  // namespace

Result<void, Error> Serve(const ServeOptions& options) {
  const sigset_t signals = BlockEndSignals();
  if (options.seed) WarnOfSeed(*options.seed);
  control::EventLog events;
  if (options.transport == Transport::kUhid) return ServeUhidKeys(options, events, signals);

  RealClock clock;
  const auto rng = RngOf(options, 1);
  const VirtualKeyOptions key_options = TRY(OptionsOf(options, 1));
  const auto journal_file = TRY(StartJournalFile(options, 1, key_options.journal));
  const auto serve = [&](auto& key, const std::string& place) {
    return ServeUntilSignal(
        {{{key.Control(), key.AttestationRoot(), key_options.journal.get()}}, events}, {place},
        options, signals);
  };
  if (options.transport == Transport::kGadget) {
    const auto key =
        TRY(GadgetKey::Create(key_options, options.usb, options.udc, clock, *rng, events));
    return serve(*key, key->Port());
  }
  const auto key = TRY(NfcKey::Create(key_options, options.vpcd_port, clock, *rng, events));
  return serve(*key, key->Reader());
}

}  // namespace keyrig::app
