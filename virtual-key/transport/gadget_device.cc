#include "virtual-key/transport/gadget_device.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "virtual-key/transport/answer_pace.h"
#include "virtual-key/transport/hidraw_node.h"

namespace keyrig::transport {
namespace {

using Timer = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook(5);
constexpr std::chrono::seconds kPortNodeWait(5);
// Under emulation and load, a host takes seconds to find out what has been plugged in.
constexpr std::chrono::seconds kHostWait(30);
// A host whose programs have all closed the device does not ask for its packets.
constexpr int kSendPatience = 500;     // ms
constexpr int kOutOfOrderPause = 100;  // ms

/// Until the host, where it is this machine, has noticed that the device is gone.
void AwaitGone(const UsbGadget& gadget) {
  const auto give_up = Timer::now() + kHostWait;
  while (gadget.LeadsBack() && FindHidrawNode(gadget.Serial()) && Timer::now() < give_up) {
    std::this_thread::sleep_for(kLook);
  }
}

/// The end of a gadget's HID function that is the device's.
Result<FileDescriptor, Error> OpenPortNode(const std::string& node) {
  const auto give_up = Timer::now() + kPortNodeWait;
  while (true) {
    FileDescriptor opened(::open(node.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (opened) return opened;
    if (errno != ENOENT || Timer::now() >= give_up) {
      return Fail("cannot open " + node + ": " + std::strerror(errno) +
                  "; a container's /dev must be the host's, and udev or devtmpfs must be at work");
    }
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace

class GadgetDevice::Binding {
 public:
  static Result<std::unique_ptr<Binding>, Error> Make(UsbGadget& gadget) {
    AwaitGone(gadget);  // what a killed predecessor was
    TRY(gadget.Bind());
    std::unique_ptr<Binding> binding(new Binding(gadget));
    binding->port_ = TRY(OpenPortNode(TRY(gadget.Node())));
    return binding;
  }
  ~Binding() {
    // Not the other way round: some kernels do not survive an unbind of what is open.
    port_ = FileDescriptor();
    gadget_.Unbind();
    AwaitGone(gadget_);
  }
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  int Port() const { return port_.get(); }
  const UsbGadget& Gadget() const { return gadget_; }

 private:
  explicit Binding(UsbGadget& gadget) : gadget_(gadget) {}

  UsbGadget& gadget_;
  FileDescriptor port_;
};

Result<std::unique_ptr<GadgetDevice>, Error> GadgetDevice::Plug(UsbGadget& gadget,
                                                                Receiver receiver) {
  FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake) return Fail(std::string("cannot make an eventfd: ") + std::strerror(errno));
  auto binding = TRY(Binding::Make(gadget));
  std::unique_ptr<GadgetDevice> device(
      new GadgetDevice(std::move(binding), std::move(wake), std::move(receiver)));
  if (gadget.LeadsBack()) TRY(AwaitHidrawNode(gadget.Serial(), kHostWait));
  return device;
}

GadgetDevice::GadgetDevice(std::unique_ptr<Binding> binding, FileDescriptor wake, Receiver receiver)
    : binding_(std::move(binding)), wake_(std::move(wake)), receiver_(std::move(receiver)) {
  receive_ = std::thread([this] { Receive(); });
}

GadgetDevice::~GadgetDevice() {
  const std::uint64_t one = 1;
  // An eventfd of zero always takes the one.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
  receive_.join();
}

std::string GadgetDevice::Node() const {
  return FindHidrawNode(binding_->Gadget().Serial()).value_or("");
}

void GadgetDevice::Receive() {
  while (Wait(POLLIN, -1)) {
    HidReport report;
    const ssize_t got = ::read(binding_->Port(), report.data(), report.size());
    if (got == static_cast<ssize_t>(report.size())) receiver_(report);
    // Readable, but out of order: the port has no host just now.
    const bool waits = got < 0 && errno != EAGAIN && errno != EINTR;
    if (waits && !Wait(0, kOutOfOrderPause)) return;
  }
}

bool GadgetDevice::Wait(short events, int milliseconds) const {
  std::array<pollfd, 2> sources{pollfd{wake_.get(), POLLIN, 0},
                                pollfd{events == 0 ? -1 : binding_->Port(), events, 0}};
  int ready;
  do {
    ready = ::poll(sources.data(), sources.size(), milliseconds);
  } while (ready < 0 && errno == EINTR);
  return sources[0].revents == 0 && (ready > 0 || events == 0);
}

bool GadgetDevice::Send(std::span<const HidReport> reports) {
  std::size_t sent = 0;
  for (const HidReport& report : reports) {
    PaceAnswer(sent++);
    while (::write(binding_->Port(), report.data(), report.size()) < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN || !Wait(POLLOUT, kSendPatience)) return false;
    }
  }
  return true;
}

}  // namespace keyrig::transport
