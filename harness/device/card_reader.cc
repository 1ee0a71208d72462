#include "harness/device/card_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <winscard.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

namespace keyrig::device {
namespace {

constexpr int kConnectAttempts = 50;
constexpr std::chrono::milliseconds kConnectPause(100);

/// The connection to pcscd; ends with the object.
class Service {
 public:
  static Result<Service, Error> Connect() {
    SCARDCONTEXT context = 0;
    const LONG code = ::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context);
    if (code == SCARD_S_SUCCESS) return Service(context);
    return Fail(fmt::format(
        "The service for card readers, pcscd, does not answer ({}). Install it (apt-get "
        "install pcscd) and start it (systemctl start pcscd), or run the command with "
        "a private one and a virtual reader: ci/nfc -- COMMAND",
        ::pcsc_stringify_error(code)));
  }
  Service(Service&& other) noexcept : context_(std::exchange(other.context_, std::nullopt)) {}
  Service& operator=(Service&&) = delete;
  ~Service() {
    if (context_) ::SCardReleaseContext(*context_);
  }
  SCARDCONTEXT Get() const { return *context_; }

  std::vector<std::string> Readers() const {
    std::vector<std::string> readers;
    DWORD size = 0;
    if (::SCardListReaders(*context_, nullptr, nullptr, &size) != SCARD_S_SUCCESS) return readers;
    std::string names(size, '\0');
    if (::SCardListReaders(*context_, nullptr, names.data(), &size) != SCARD_S_SUCCESS) {
      return readers;
    }
    // Each name ends in a zero, and the list in one more.
    for (const char* name = names.c_str(); *name != '\0'; name += readers.back().size() + 1) {
      readers.emplace_back(name);
    }
    return readers;
  }

  bool HasCard(const std::string& reader) const {
    SCARD_READERSTATE state{};
    state.szReader = reader.c_str();
    state.dwCurrentState = SCARD_STATE_UNAWARE;
    return ::SCardGetStatusChange(*context_, 0, &state, 1) == SCARD_S_SUCCESS &&
           (state.dwEventState & SCARD_STATE_PRESENT) != 0;
  }

 private:
  explicit Service(SCARDCONTEXT context) : context_(context) {}
  std::optional<SCARDCONTEXT> context_;
};

class PcscCard final : public ApduPort {
 public:
  PcscCard(Service service, SCARDHANDLE card, DWORD protocol)
      : service_(std::move(service)), card_(card), protocol_(protocol) {}
  ~PcscCard() override { ::SCardDisconnect(card_, SCARD_LEAVE_CARD); }

  std::optional<Bytes> Transmit(ByteView apdu) override {
    const SCARD_IO_REQUEST* const request =
        protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    Bytes response(MAX_BUFFER_SIZE_EXTENDED);
    DWORD size = response.size();
    if (::SCardTransmit(card_, request, apdu.data(), apdu.size(), nullptr, response.data(),
                        &size) != SCARD_S_SUCCESS) {
      return std::nullopt;
    }
    response.resize(size);
    return response;
  }

 private:
  Service service_;
  SCARDHANDLE card_;
  DWORD protocol_;
};

Error CannotConnect(const std::string& reader, LONG code, const std::vector<std::string>& readers) {
  switch (code) {
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
      return {fmt::format("There is no card reader \"{}\"; {}.", reader,
                          readers.empty()
                              ? "there is none at all"
                              : fmt::format("there are: {}", fmt::join(readers, ", ")))};
    case SCARD_E_NO_SMARTCARD:
    case SCARD_W_REMOVED_CARD:
      return {fmt::format("There is no card in the reader \"{}\". Hold the key to it.", reader)};
    case SCARD_E_SHARING_VIOLATION:
      return {fmt::format("The card in \"{}\" is in use by another program; end it and try again.",
                          reader)};
    default:
      return {fmt::format("The card in \"{}\" cannot be connected to: {}.", reader,
                          ::pcsc_stringify_error(code))};
  }
}

}  // namespace

Result<std::vector<CardReader>, Error> ListCardReaders() {
  const Service service = TRY(Service::Connect());
  std::vector<CardReader> readers;
  for (std::string& name : service.Readers()) {
    const bool has_card = service.HasCard(name);
    readers.push_back({std::move(name), has_card});
  }
  return readers;
}

Result<std::unique_ptr<ApduPort>, Error> OpenCard(const std::string& reader) {
  Service service = TRY(Service::Connect());
  LONG code = SCARD_S_SUCCESS;
  for (int attempt = 0; attempt < kConnectAttempts; ++attempt) {
    SCARDHANDLE card = 0;
    DWORD protocol = 0;
    code = ::SCardConnect(service.Get(), reader.c_str(), SCARD_SHARE_EXCLUSIVE,
                          SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
    if (code == SCARD_S_SUCCESS) {
      return std::make_unique<PcscCard>(std::move(service), card, protocol);
    }
    if (code != SCARD_E_SHARING_VIOLATION) break;
    std::this_thread::sleep_for(kConnectPause);
  }
  return Err(CannotConnect(reader, code, service.Readers()));
}

}  // namespace keyrig::device
