#include "harness/app/run_setup.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "harness/base/assets.h"
#include "harness/base/hosts.h"

namespace keyrig::app {
namespace {

namespace fs = std::filesystem;
using device::DeviceSpec;

std::uint64_t DrawSeed() {
  // Six digits are easy to type again.
  return std::random_device{}() % 1'000'000;
}

Result<std::vector<crypto::Certificate>, Error> ReadRoots(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  if (!file && !file.eof()) {
    return Fail(fmt::format("--attestation-root {}: the file cannot be read", path.string()));
  }
  return crypto::Certificate::FromPem(pem).map_error([&](const Error& error) {
    return Error{fmt::format("--attestation-root {}: {}", path.string(), error.message)};
  });
}

/// Options that only a physical key understands.
Result<void, Error> CheckPhysicalOptions(const RunArguments& arguments, const DeviceSpec& key) {
  if (key.IsPhysical()) return {};
  const char* surplus = arguments.owned_aaguid         ? "--i-own-this-key"
                        : arguments.key_pin            ? "--key-pin"
                        : arguments.attestation_root   ? "--attestation-root"
                        : arguments.person != "prompt" ? "--operator"
                                                       : nullptr;
  if (surplus == nullptr) return {};
  return Fail(
      fmt::format("{} is for a physical key, --key hid:/dev/hidrawN or nfc:READER; the "
                  "key is {}",
                  surplus, key.Text()));
}

std::string Quoted(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string QuotedPath(const fs::path& path) {
  std::error_code unknown;  // where the working folder is gone
  const fs::path whole = fs::absolute(path, unknown);
  return Quoted((unknown ? path : whole).lexically_normal().string());
}

/// Whether this kernel is the one that ci/guest booted: it has said so on its command line.
bool IsInGuest() {
  std::ifstream command_line("/proc/cmdline");
  const std::istream_iterator<std::string> words(command_line);
  return std::find(words, {}, "keyrig.guest") != std::istream_iterator<std::string>();
}

std::string WhereText(const DeviceSpec& key) {
  switch (key.kind) {
    case DeviceSpec::Kind::kMemory:
      return "in-process";
    case DeviceSpec::Kind::kUhid:
      return IsInGuest() ? "guest uhid" : "host uhid";
    case DeviceSpec::Kind::kHid:
      return "physical";
    case DeviceSpec::Kind::kGadget:
      return IsInGuest() ? "guest USB gadget" : "USB gadget";
    case DeviceSpec::Kind::kNfc:
      return key.IsPhysical() ? "physical" : "virtual card reader";
  }
  return {};
}

/// On the host, where the guest's programs lie in the same place (ci/guest).
std::string RepeatProgram() {
  const fs::path programs = ProgramFolder();
  if (!IsInGuest()) return QuotedPath(programs / "keyrig") + " run";
  return QuotedPath(programs / "../../../ci/run");
}

std::string RepeatArguments(const RunArguments& arguments, const BenchOptions& bench) {
  std::string text = fmt::format("--key {} --seed {}", Quoted(bench.key.Text()), bench.seed);
  if (arguments.person != "prompt") text += " --operator " + Quoted(arguments.person);
  if (arguments.owned_aaguid) text += " --i-own-this-key " + Quoted(*arguments.owned_aaguid);
  if (arguments.key_pin) text += " --key-pin PIN";
  if (arguments.attestation_root) {
    text += " --attestation-root " + QuotedPath(*arguments.attestation_root);
  }
  if (arguments.no_skips) text += " --no-skips";
  // Whole paths, so that the command works in any folder.
  if (arguments.scenarios) text += " --scenarios " + QuotedPath(*arguments.scenarios);
  if (arguments.assets) text += " --assets " + QuotedPath(*arguments.assets);
  return text;
}

}  // namespace

fs::path ProgramFolder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

Result<std::unique_ptr<device::Operator>, Error> MakeOperator(const std::string& text) {
  constexpr std::string_view kExec = "exec:";
  if (text == "prompt") return device::PromptOperator();
  if (text.starts_with(kExec) && text.size() > kExec.size()) {
    return device::ActuatorOperator(text.substr(kExec.size()));
  }
  return Fail(fmt::format("--operator {}: use prompt, or exec: and a command", text));
}

Result<RunSetup, Error> SetUp(const RunArguments& arguments) {
  RunSetup setup;
  BenchOptions& bench = setup.bench;
  bench.key = TRY(DeviceSpec::Parse(arguments.key));
  TRY(CheckPhysicalOptions(arguments, bench.key));
  if (arguments.assets) {
    if (!fs::exists(*arguments.assets / "scenarios/flows")) {
      return Fail(
          fmt::format("--assets {}: this is no checkout of keyrig", arguments.assets->string()));
    }
    ServeAssetsFrom(*arguments.assets);
  }
  setup.catalogue = TRY(LoadCatalogue(arguments.scenarios));
  setup.selected = TRY(setup.catalogue.Select(arguments.filters));
  bench.seed = arguments.seed.value_or(DrawSeed());
  bench.no_skips = arguments.no_skips;
  bench.virtual_key_program = ProgramFolder() / "virtual-key";
  if (bench.key.IsPhysical()) {
    setup.person = TRY(MakeOperator(arguments.person));
    bench.physical.device = bench.key;
    bench.physical.person = setup.person.get();
    bench.physical.has_own_pin = arguments.key_pin.has_value();
    if (arguments.attestation_root) {
      bench.physical.attestation_roots = TRY(ReadRoots(*arguments.attestation_root));
    }
    if (arguments.key_pin) {
      for (scenario::Scenario& each : setup.catalogue.scenarios) {
        each = WithPin(std::move(each), *arguments.key_pin);
      }
    }
  }
  return setup;
}

Result<void, Error> MakeCommonParts(RunSetup& setup) {
  setup.folder = std::make_unique<TemporaryFolder>(TRY(TemporaryFolder::Make()));
  setup.bench.folder = setup.folder->Path();
  setup.bench.ca = TRY(http::OpenPrivateCa(setup.bench.folder / "ca"));
  setup.bench.signing_key = SigningKey(setup.bench.seed);
  return {};
}

Result<bool, Error> GuardPhysicalKey(const RunArguments& arguments, const DeviceSpec& spec) {
  std::optional<Aaguid> owned;
  if (arguments.owned_aaguid) {
    owned = TRY(Aaguid::Parse(*arguments.owned_aaguid).map_error([](const Error& error) {
      return Error{"--i-own-this-key: " + error.message};
    }));
  }
  Rng rng;
  NullSink nobody;
  auto key = TRY(device::Fido2Key::Open(spec, rng, nobody, "station"));
  TRY(device::MayUsePhysicalKey(key, RpId{std::string(hosts::kWebAuthn)}, owned));
  const auto info = key.GetInfo();
  const bool has_pin = info && info->client_pin.value_or(false);
  if (has_pin && !arguments.key_pin) {
    return Fail(
        "This key has a PIN. Give it with --key-pin PIN (or in KEYRIG_KEY_PIN), so that no "
        "wrong one is tried: a key blocks after a few.");
  }
  return has_pin;
}

std::vector<EventField> RunFacts(const RunArguments& arguments, const BenchOptions& bench) {
  utsname system{};
  uname(&system);
  return {{"keyrig", KEYRIG_VERSION},
          {"where", WhereText(bench.key)},
          {"key", bench.key.Text()},
          {"seed", std::to_string(bench.seed)},
          {"kernel", fmt::format("{} {}", system.sysname, system.release)},
          {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"libfido2", KEYRIG_LIBFIDO2_VERSION},
          {"repeat_program", RepeatProgram()},
          {"repeat_arguments", RepeatArguments(arguments, bench)}};
}

}  // namespace keyrig::app
