#include "harness/device/fido2_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "harness/base/ctap_names.h"
#include "harness/device/card_reader.h"
#include "harness/device/fido2_key_state.h"
#include "harness/device/hidraw_port.h"

namespace keyrig::device {
namespace {

// Longer than a key waits for a touch, so that only a key that fell silent meets it.
constexpr int kCallTimeoutMilliseconds = 120'000;

// fido_dev_open hands the open function nothing but a path; the port travels beside it.
thread_local Fido2Key::State* opening = nullptr;

constexpr std::uint8_t kCredentialManagementPreview = 0x41;
constexpr std::uint8_t kCredentialManagement = 0x0A;

// libfido2 1.12 knows credential management only by the number that it had in the preview
// (CTAP 2.1 §6.8 keeps the bodies); a key that has it only by its final number gets that.
void UseFinalCredentialManagement(HidReport& report) {
  constexpr std::size_t kHidCommand = 4;
  constexpr std::size_t kCtapCommand = 7;
  constexpr std::uint8_t kCborInit = 0x90;
  if (report[kHidCommand] == kCborInit && report[kCtapCommand] == kCredentialManagementPreview) {
    report[kCtapCommand] = kCredentialManagement;
  }
}

bool HasOption(const fido_cbor_info_t* info, std::string_view option) {
  char** names = fido_cbor_info_options_name_ptr(info);
  const bool* values = fido_cbor_info_options_value_ptr(info);
  for (std::size_t i = 0; i < fido_cbor_info_options_len(info); ++i) {
    if (names[i] == option) return values[i];
  }
  return false;
}

Capabilities CapabilitiesFrom(const fido_cbor_info_t* info) {
  Capabilities capabilities;
  char** versions = fido_cbor_info_versions_ptr(info);
  for (std::size_t i = 0; i < fido_cbor_info_versions_len(info); ++i) {
    capabilities.versions.emplace_back(versions[i]);
  }
  char** extensions = fido_cbor_info_extensions_ptr(info);
  for (std::size_t i = 0; i < fido_cbor_info_extensions_len(info); ++i) {
    capabilities.extensions.emplace_back(extensions[i]);
  }
  for (std::size_t i = 0; i < fido_cbor_info_algorithm_count(info); ++i) {
    capabilities.algorithms.push_back(
        static_cast<CoseAlgorithm>(fido_cbor_info_algorithm_cose(info, i)));
  }
  if (fido_cbor_info_aaguid_len(info) == capabilities.aaguid.bytes.size()) {
    std::copy_n(fido_cbor_info_aaguid_ptr(info), capabilities.aaguid.bytes.size(),
                capabilities.aaguid.bytes.begin());
  }
  capabilities.max_message_size = fido_cbor_info_maxmsgsiz(info);
  if (const std::int64_t remaining = fido_cbor_info_rk_remaining(info); remaining >= 0) {
    capabilities.remaining_credentials = static_cast<std::uint64_t>(remaining);
  }
  char** names = fido_cbor_info_options_name_ptr(info);
  const bool* values = fido_cbor_info_options_value_ptr(info);
  for (std::size_t i = 0; i < fido_cbor_info_options_len(info); ++i) {
    const std::string_view name = names[i];
    if (name == "rk") capabilities.resident_keys = values[i];
    if (name == "clientPin") capabilities.client_pin = values[i];
    if (name == "uv") capabilities.user_verification = values[i];
  }
  capabilities.credential_management =
      HasOption(info, "credMgmt") || HasOption(info, "credentialMgmtPreview");
  return capabilities;
}

}  // namespace

struct PortFunctions {
  static void* Open(const char*) { return opening; }
  static void Close(void*) {}

  static int Read(void* handle, unsigned char* out, std::size_t size, int milliseconds) {
    auto& state = *static_cast<Fido2Key::State*>(handle);
    const auto report = state.port_->Read(std::chrono::milliseconds(milliseconds));
    if (!report || size < report->size()) return -1;
    state.decoder_.Received(*report);
    std::ranges::copy(*report, out);
    return static_cast<int>(report->size());
  }

  static int Write(void* handle, const unsigned char* data, std::size_t size) {
    auto& state = *static_cast<Fido2Key::State*>(handle);
    HidReport report;
    // The report number leads.
    if (size != report.size() + 1) return -1;
    std::copy_n(data + 1, report.size(), report.begin());
    if (state.lacks_credential_management_preview_) UseFinalCredentialManagement(report);
    state.decoder_.Sent(report);
    return state.port_->Write(report) ? static_cast<int>(size) : -1;
  }
};

struct CardFunctions {
  static Fido2Key::State& StateOf(fido_dev_t* device) {
    return *static_cast<Fido2Key::State*>(fido_dev_io_handle(device));
  }

  static int Receive(fido_dev_t* device, std::uint8_t command, unsigned char* out, std::size_t size,
                     int milliseconds) {
    return StateOf(device).card_->Receive(command, {out, size}, milliseconds);
  }

  static int Send(fido_dev_t* device, std::uint8_t command, const unsigned char* data,
                  std::size_t size) {
    Fido2Key::State& state = StateOf(device);
    Bytes payload(data, data + size);
    if (state.lacks_credential_management_preview_ && command == CTAP_CMD_CBOR &&
        !payload.empty() && payload.front() == kCredentialManagementPreview) {
      payload.front() = kCredentialManagement;
    }
    return state.card_->Send(command, payload);
  }
};

KeyError KeyErrorFrom(int code) {
  if (code > 0 && code <= 0xFF) return {code, ctap::StatusName(static_cast<std::uint8_t>(code))};
  constexpr std::string_view kPrefix = "FIDO_ERR_";
  std::string_view name = fido_strerr(code);
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return {code, std::string(name)};
}

bool Capabilities::Has(std::string_view requirement) const {
  const auto names = [&](const std::vector<std::string>& list) {
    return std::ranges::find(list, requirement) != list.end();
  };
  if (requirement == "rk") return resident_keys;
  if (requirement == "clientPin") return client_pin.has_value();
  if (requirement == "uv") return user_verification.value_or(false);
  if (requirement == "credMgmt") return credential_management;
  return names(versions) || names(extensions) ||
         std::ranges::any_of(algorithms,
                             [&](CoseAlgorithm each) { return keyrig::Name(each) == requirement; });
}

Result<void, Error> Fido2Key::State::Open() {
  static const bool initialised = [] {
    fido_init(FIDO_DISABLE_U2F_FALLBACK);
    return true;
  }();
  static_cast<void>(initialised);

  device_.reset(fido_dev_new());
  if (!device_) return Fail("libfido2 has no memory for a device.");
  const fido_dev_io_t functions = {&PortFunctions::Open, &PortFunctions::Close,
                                   &PortFunctions::Read, &PortFunctions::Write};
  fido_dev_set_io_functions(device_.get(), &functions);
  if (card_) {
    const fido_dev_transport_t messages = {&CardFunctions::Receive, &CardFunctions::Send};
    fido_dev_set_transport_functions(device_.get(), &messages);
  }
  fido_dev_set_timeout(device_.get(), kCallTimeoutMilliseconds);

  opening = this;
  const auto opened = Run("open", [](fido_dev_t* device) { return fido_dev_open(device, "port"); });
  opening = nullptr;
  if (!opened) {
    return Fail(
        fmt::format("The key does not answer as a FIDO2 key ({}). Unplug it, plug it in "
                    "again and retry.",
                    opened.error().name));
  }
  return {};
}

std::jthread Fido2Key::State::CancelRepeatedly() {
  return std::jthread([this](const std::stop_token& ended) {
    constexpr std::chrono::milliseconds kPause(50);
    while (!ended.stop_requested()) {
      fido_dev_cancel(device_.get());
      std::this_thread::sleep_for(kPause);
    }
  });
}

Result<Capabilities, KeyError> Fido2Key::State::ReadCapabilities() {
  const auto free_info = [](fido_cbor_info_t* info) { fido_cbor_info_free(&info); };
  const std::unique_ptr<fido_cbor_info_t, decltype(free_info)> info(fido_cbor_info_new());
  if (!info) return Err(KeyErrorFrom(FIDO_ERR_INTERNAL));
  TRY(Run("get_info",
          [&](fido_dev_t* device) { return fido_dev_get_cbor_info(device, info.get()); }));
  capabilities_ = CapabilitiesFrom(info.get());
  lacks_credential_management_preview_ =
      HasOption(info.get(), "credMgmt") && !HasOption(info.get(), "credentialMgmtPreview");
  return *capabilities_;
}

Result<Capabilities, KeyError> Fido2Key::State::KnownCapabilities() {
  if (capabilities_) return *capabilities_;
  return ReadCapabilities();
}

Result<Fido2Key, Error> Fido2Key::OpenNode(const std::string& path, Rng& rng, EventSink& events,
                                           std::string event_source) {
  return OpenPort(TRY(OpenHidraw(path)), rng, events, std::move(event_source));
}

Result<Fido2Key, Error> Fido2Key::OpenReader(const std::string& reader, Rng& rng, EventSink& events,
                                             std::string event_source) {
  return OpenApduPort(TRY(OpenCard(reader)), rng, events, std::move(event_source));
}

Result<Fido2Key, Error> Fido2Key::OpenApduPort(std::unique_ptr<ApduPort> port, Rng& rng,
                                               EventSink& events, std::string event_source) {
  auto card = std::make_unique<CardLink>(std::move(port), events, event_source);
  auto state = std::make_unique<State>(std::move(card), rng, events, std::move(event_source));
  TRY(state->Open());
  return Fido2Key(std::move(state));
}

Result<Fido2Key, Error> Fido2Key::Open(const DeviceSpec& spec, Rng& rng, EventSink& events,
                                       std::string event_source) {
  if (spec.kind == DeviceSpec::Kind::kNfc && !spec.path.empty()) {
    return OpenReader(spec.path, rng, events, std::move(event_source));
  }
  if (spec.kind == DeviceSpec::Kind::kHid) {
    return OpenNode(spec.path, rng, events, std::move(event_source));
  }
  return Fail(fmt::format("{} names no device that is there by itself", spec.Text()));
}

Result<Fido2Key, Error> Fido2Key::OpenPort(std::unique_ptr<HidPort> port, Rng& rng,
                                           EventSink& events, std::string event_source) {
  if (!port) return Fail("The key is not plugged in.");
  auto state = std::make_unique<State>(std::move(port), rng, events, std::move(event_source));
  TRY(state->Open());
  return Fido2Key(std::move(state));
}

Fido2Key::Fido2Key(std::unique_ptr<State> state) : state_(std::move(state)) {}
Fido2Key::Fido2Key(Fido2Key&&) noexcept = default;
Fido2Key& Fido2Key::operator=(Fido2Key&&) noexcept = default;
Fido2Key::~Fido2Key() = default;

Result<Capabilities, KeyError> Fido2Key::GetInfo() { return state_->ReadCapabilities(); }

void Fido2Key::Cancel() { fido_dev_cancel(state_->Device()); }

void Fido2Key::EndOn(std::stop_token stop) { state_->EndOn(std::move(stop)); }

void Fido2Key::SetPatience(std::chrono::milliseconds patience) {
  fido_dev_set_timeout(state_->Device(), static_cast<int>(patience.count()));
}

}  // namespace keyrig::device
