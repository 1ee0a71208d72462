#include "virtual-key/transport/vpcd_card.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace keyrig::transport {
namespace {

// A reader looks for a card about twice a second.
constexpr int kNoticeMilliseconds = 5000;
constexpr int kRetryMilliseconds = 250;
constexpr std::size_t kPart = 4096;

FileDescriptor Connect(std::uint16_t port) {
  FileDescriptor connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (!connection || ::connect(connection.get(), generic, sizeof(address)) != 0) return {};
  const int yes = 1;
  ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  return connection;
}

std::string PlaceOf(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

Error NoReader(std::uint16_t port, int error) {
  return {"no virtual card reader waits at " + PlaceOf(port) + " (" + std::strerror(error) +
          "); install pcscd and vsmartcard-vpcd (apt-get install pcscd vsmartcard-vpcd) and start "
          "pcscd, or run the command with a private one: ci/nfc -- COMMAND"};
}

void Signal(const FileDescriptor& event) {
  const std::uint64_t one = 1;
  // An eventfd takes the one unless it has been signalled for ages.
  [[maybe_unused]] const ssize_t written = ::write(event.get(), &one, sizeof(one));
}

bool SendAll(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<VpcdCard>, Error> VpcdCard::Insert(std::uint16_t port, Bytes atr,
                                                          Receiver receiver) {
  FileDescriptor reader = Connect(port);
  if (!reader) return Err(NoReader(port, errno));
  FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake) return Fail(std::string("cannot make an eventfd: ") + std::strerror(errno));
  std::unique_ptr<VpcdCard> card(
      new VpcdCard(port, std::move(atr), std::move(receiver), std::move(reader), std::move(wake)));
  pollfd noticed{card->noticed_.get(), POLLIN, 0};
  int ready;
  do {
    ready = ::poll(&noticed, 1, kNoticeMilliseconds);
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) return card;
  return Fail("the virtual card reader at " + PlaceOf(port) +
              " takes no notice of the card; another card may be in it: remove that, or use "
              "another reader");
}

VpcdCard::VpcdCard(std::uint16_t port, Bytes atr, Receiver receiver, FileDescriptor reader,
                   FileDescriptor wake)
    : port_(port),
      atr_(std::move(atr)),
      receiver_(std::move(receiver)),
      reader_(std::move(reader)),
      wake_(std::move(wake)),
      noticed_(::eventfd(0, EFD_CLOEXEC)) {
  serve_ = std::thread([this] { Serve(); });
}

VpcdCard::~VpcdCard() {
  Signal(wake_);
  serve_.join();
}

bool VpcdCard::Send(ByteView response) {
  const std::lock_guard lock(mutex_);
  return reader_ && SendAll(reader_.get(), VpcdFrame(response));
}

void VpcdCard::Serve() {
  VpcdStream stream;
  while (true) {
    if (!reader_) {
      if (!Wait(-1, kRetryMilliseconds)) return;
      FileDescriptor reader = Connect(port_);
      const std::lock_guard lock(mutex_);
      reader_ = std::move(reader);
      continue;
    }
    if (!Wait(reader_.get(), -1)) return;
    if (ReceiveSome(stream)) continue;
    {
      const std::lock_guard lock(mutex_);
      reader_ = FileDescriptor();
    }
    stream = VpcdStream();
    receiver_(VpcdOrder::kPowerOff);
  }
}

bool VpcdCard::ReceiveSome(VpcdStream& stream) {
  std::array<std::uint8_t, kPart> part;
  const ssize_t got = ::recv(reader_.get(), part.data(), part.size(), 0);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  stream.Append(ByteView(part).first(static_cast<std::size_t>(got)));
  while (const auto message = stream.Take()) {
    Signal(noticed_);
    if (*message == VpcdMessage(VpcdOrder::kGetAtr)) {
      if (!Send(atr_)) return false;
    } else {
      receiver_(*message);
    }
  }
  return true;
}

bool VpcdCard::Wait(int descriptor, int milliseconds) {
  std::array<pollfd, 2> sources{pollfd{wake_.get(), POLLIN, 0}, pollfd{descriptor, POLLIN, 0}};
  while (::poll(sources.data(), sources.size(), milliseconds) < 0) {
    if (errno != EINTR) return false;
  }
  return sources[0].revents == 0;
}

}  // namespace keyrig::transport
