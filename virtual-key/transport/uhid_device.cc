#include "virtual-key/transport/uhid_device.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
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

constexpr const char* kUhidPath = "/dev/uhid";
constexpr std::chrono::seconds kNodeWait(10);
constexpr int kRealtimePriority = 10;

Error CannotOpen(int error) {
  const std::string what = std::string("cannot open ") + kUhidPath + ": " + std::strerror(error);
  if (error == ENOENT || error == ENODEV || error == ENXIO) {
    return {what +
            "; load the uhid module (modprobe uhid), or run in the guest: ci/guest -- COMMAND"};
  }
  if (error == EACCES || error == EPERM) {
    return {
        what +
        "; allow it with the udev rules in ci/70-keyrig.rules (ci/uhid says how), or run as root"};
  }
  return {what};
}

bool WriteEvent(int fd, const uhid_event& event) {
  while (true) {
    const ssize_t written = ::write(fd, &event, sizeof(event));
    if (written == static_cast<ssize_t>(sizeof(event))) return true;
    if (written >= 0 || errno != EINTR) return false;
  }
}

bool MakeRealtime(std::thread& thread) {
  sched_param parameters{};
  parameters.sched_priority = kRealtimePriority;
  return pthread_setschedparam(thread.native_handle(), SCHED_FIFO, &parameters) == 0;
}

}  // namespace

Result<std::unique_ptr<UhidDevice>, Error> UhidDevice::Create(const UsbIdentity& identity,
                                                              Receiver receiver) {
  FileDescriptor uhid(::open(kUhidPath, O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!uhid) return Err(CannotOpen(errno));
  FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake) return Fail(std::string("cannot make an eventfd: ") + std::strerror(errno));
  if (!WriteEvent(uhid.get(), CreateEvent(identity))) {
    return Fail(std::string("the kernel refused the uhid device: ") + std::strerror(errno));
  }
  std::unique_ptr<UhidDevice> device(
      new UhidDevice(std::move(uhid), std::move(wake), std::move(receiver)));
  device->node_ = TRY(AwaitHidrawNode(identity.serial, kNodeWait));
  return device;
}

UhidDevice::UhidDevice(FileDescriptor uhid, FileDescriptor wake, Receiver receiver)
    : uhid_(std::move(uhid)), wake_(std::move(wake)), receiver_(std::move(receiver)) {
  drain_ = std::thread([this] { Drain(); });
  is_realtime_ = MakeRealtime(drain_);
}

UhidDevice::~UhidDevice() {
  const std::uint64_t one = 1;
  // An eventfd of zero always takes the one.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
  drain_.join();
  WriteEvent(uhid_.get(), DestroyEvent());
}

void UhidDevice::Drain() {
  std::array<pollfd, 2> sources{pollfd{uhid_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
  while (true) {
    if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) return;
    if (sources[1].revents != 0) return;
    uhid_event event{};
    while (::read(uhid_.get(), &event, sizeof(event)) > 0) {
      if (const auto report = OutputReport(event)) receiver_(*report);
      if (const auto reply = ReplyTo(event)) WriteEvent(uhid_.get(), *reply);
    }
  }
}

bool UhidDevice::Send(std::span<const HidReport> reports) {
  std::size_t sent = 0;
  for (const HidReport& report : reports) {
    PaceAnswer(sent++);
    if (!WriteEvent(uhid_.get(), InputEvent(report))) return false;
  }
  return true;
}

}  // namespace keyrig::transport
