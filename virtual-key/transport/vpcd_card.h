#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "harness/base/file_descriptor.h"
#include "harness/base/result.h"
#include "virtual-key/transport/vpcd_message.h"

namespace keyrig::transport {

/// Where the first reader of vpcd waits for a card; each further one has the next port.
inline constexpr std::uint16_t kVpcdPort = 35963;

/// A card that this process plays in a virtual reader of pcscd (vsmartcard's vpcd), in it for as
/// long as the object lives. A reader that goes away is waited for.
class VpcdCard {
 public:
  /// Called for each order but kGetAtr and each command APDU, on one thread; the reader waits for
  /// its answer. A reader that goes away has ordered kPowerOff.
  using Receiver = std::function<void(const VpcdMessage&)>;

  /// Returns once the reader has taken notice of the card. An error says what is missing and what
  /// to do.
  static Result<std::unique_ptr<VpcdCard>, Error> Insert(std::uint16_t port, Bytes atr,
                                                         Receiver receiver);
  ~VpcdCard();
  VpcdCard(const VpcdCard&) = delete;
  VpcdCard& operator=(const VpcdCard&) = delete;

  /// The answer to a command APDU. False once the reader is gone.
  bool Send(ByteView response);

 private:
  VpcdCard(std::uint16_t port, Bytes atr, Receiver receiver, FileDescriptor reader,
           FileDescriptor wake);
  void Serve();
  /// False where the connection has ended.
  bool ReceiveSome(VpcdStream& stream);
  /// Sleeps for `milliseconds`, or until there is something to read; false once the card is to go.
  bool Wait(int descriptor, int milliseconds);

  const std::uint16_t port_;
  const Bytes atr_;
  const Receiver receiver_;
  std::mutex mutex_;  // guards reader_
  FileDescriptor reader_;
  FileDescriptor wake_;
  FileDescriptor noticed_;
  std::thread serve_;
};

}  // namespace keyrig::transport
