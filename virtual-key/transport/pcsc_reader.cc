#include "virtual-key/transport/pcsc_reader.h"

#include <winscard.h>

#include <cstring>
#include <optional>
#include <thread>
#include <vector>

namespace keyrig::transport {
namespace {

constexpr std::chrono::milliseconds kLookPause(50);

/// The connection to pcscd.
class PcscService {
 public:
  PcscService() : code_(::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_)) {}
  ~PcscService() {
    if (code_ == SCARD_S_SUCCESS) ::SCardReleaseContext(context_);
  }
  PcscService(const PcscService&) = delete;
  PcscService& operator=(const PcscService&) = delete;

  LONG Code() const { return code_; }

  std::vector<std::string> Readers() const {
    std::vector<std::string> readers;
    DWORD size = 0;
    if (::SCardListReaders(context_, nullptr, nullptr, &size) != SCARD_S_SUCCESS) return readers;
    std::string names(size, '\0');
    if (::SCardListReaders(context_, nullptr, names.data(), &size) != SCARD_S_SUCCESS) {
      return readers;
    }
    // Each ends in a zero, the list in one more.
    for (const char* name = names.c_str(); *name != '\0'; name += readers.back().size() + 1) {
      readers.emplace_back(name);
    }
    return readers;
  }

  bool HoldsCard(const std::string& reader, ByteView atr) const {
    const auto state = StateOf(reader);
    return state && Equal(atr, ByteView(state->rgbAtr, state->cbAtr));
  }

  bool HoldsAnyCard(const std::string& reader) const {
    const auto state = StateOf(reader);
    return state && (state->dwEventState & SCARD_STATE_PRESENT) != 0;
  }

 private:
  std::optional<SCARD_READERSTATE> StateOf(const std::string& reader) const {
    SCARD_READERSTATE state{};
    state.szReader = reader.c_str();
    state.dwCurrentState = SCARD_STATE_UNAWARE;
    if (::SCardGetStatusChange(context_, 0, &state, 1) != SCARD_S_SUCCESS) return std::nullopt;
    return state;
  }

  SCARDCONTEXT context_ = 0;
  LONG code_;
};

}  // namespace

Result<std::string, Error> AwaitReader(ByteView atr, std::chrono::milliseconds timeout) {
  const PcscService service;
  if (service.Code() != SCARD_S_SUCCESS) {
    return Fail(std::string("pcscd does not answer (") + ::pcsc_stringify_error(service.Code()) +
                "); start it (systemctl start pcscd), or run the command with a private one: "
                "ci/nfc -- COMMAND");
  }
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    for (const std::string& reader : service.Readers()) {
      if (service.HoldsCard(reader, atr)) return reader;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return Fail(
          "pcscd knows no reader with this card in it; is it the pcscd whose reader the "
          "card went to?");
    }
    std::this_thread::sleep_for(kLookPause);
  }
}

void AwaitEmpty(const std::string& reader, std::chrono::milliseconds timeout) {
  const PcscService service;
  if (service.Code() != SCARD_S_SUCCESS) return;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (service.HoldsAnyCard(reader) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kLookPause);
  }
}

}  // namespace keyrig::transport
