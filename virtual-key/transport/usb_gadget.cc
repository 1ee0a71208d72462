#include "virtual-key/transport/usb_gadget.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ranges>
#include <system_error>
#include <utility>

namespace keyrig::transport {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPortAttribute = "UDC";

std::string FirstLine(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// In one write, as the kernel wants its attributes; errno's number where it refuses, or 0.
int WriteAttribute(const fs::path& file, const std::string& content) {
  const FileDescriptor attribute(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!attribute) return errno;
  if (::write(attribute.get(), content.data(), content.size()) < 0) return errno;
  return 0;
}

std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

Result<std::string, Error> ChoosePort(const std::string& wanted, const fs::path& ports) {
  const std::vector<std::string> names = NamesIn(ports);
  if (names.empty()) {
    return Fail("this machine has no USB device port (" + ports.string() +
                " is empty); a board's port must be in device mode, and its driver loaded (such as "
                "dwc2). ci/guest -- COMMAND runs where there is one, of dummy_hcd");
  }
  if (wanted.empty()) return names.front();
  if (std::ranges::find(names, wanted) != names.end()) return wanted;
  std::string known;
  for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
  return Fail("there is no USB device port " + wanted + "; there is: " + known);
}

Error CannotMake(const fs::path& folder, int error) {
  const std::string what =
      "cannot make the USB gadget " + folder.string() + ": " + std::strerror(error);
  if (error == EACCES || error == EPERM) return {what + "; run as root"};
  return {what};
}

/// The folder, made or found, with the lock of whoever uses it.
Result<FileDescriptor, Error> LockFolder(const fs::path& folder, const std::string& port) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return Err(CannotMake(folder, errno));
  FileDescriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) return Err(CannotMake(folder, errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  return Fail("another virtual-key process is at the USB device port " + port +
              "; end it, or name another port with --udc");
}

/// What configfs has of the gadget at `folder`, but for the folder itself. Attributes and the
/// folders that the kernel made go with those that were made by hand.
void Clear(const fs::path& folder) {
  static_cast<void>(
      WriteAttribute(folder / kPortAttribute, "\n"));  // refused where it is not bound
  const std::vector<GadgetPart> parts = DescribeGadget({});
  for (const GadgetPart& part : parts | std::views::reverse) {
    if (part.kind == GadgetPart::Kind::kLink) ::unlink((folder / part.path).c_str());
    if (part.kind == GadgetPart::Kind::kFolder && part.path != ".") {
      ::rmdir((folder / part.path).c_str());
    }
  }
}

/// The gadget that is bound to a port; empty where none is.
std::string HolderOf(const std::string& port, const fs::path& gadgets) {
  for (const std::string& name : NamesIn(gadgets)) {
    if (FirstLine(gadgets / name / kPortAttribute) == port) return name;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<UsbGadget>, Error> UsbGadget::Declare(const UsbIdentity& identity,
                                                             const std::string& port,
                                                             Kernel kernel) {
  const std::string chosen = TRY(ChoosePort(port, kernel.ports));
  std::error_code error;
  if (!fs::is_directory(kernel.gadgets, error)) {
    return Fail(kernel.gadgets.string() +
                " is not there; load libcomposite (modprobe libcomposite) and mount configfs "
                "(mount -t configfs none /sys/kernel/config)");
  }
  // One for each port, since a port has room for one gadget only.
  FileDescriptor lock = TRY(LockFolder(kernel.gadgets / ("keyrig." + chosen), chosen));
  std::unique_ptr<UsbGadget> gadget(
      new UsbGadget(std::move(kernel), chosen, identity.serial, std::move(lock)));
  Clear(gadget->folder_);
  TRY(gadget->Write(DescribeGadget(identity)));
  return gadget;
}

UsbGadget::UsbGadget(Kernel kernel, std::string port, std::string serial, FileDescriptor lock)
    : kernel_(std::move(kernel)),
      port_(std::move(port)),
      serial_(std::move(serial)),
      folder_(kernel_.gadgets / ("keyrig." + port_)),
      lock_(std::move(lock)) {}

UsbGadget::~UsbGadget() {
  Clear(folder_);
  ::rmdir(folder_.c_str());
}

Result<void, Error> UsbGadget::Write(const std::vector<GadgetPart>& parts) const {
  for (const GadgetPart& part : parts) {
    const fs::path path = folder_ / part.path;
    std::error_code error;
    switch (part.kind) {
      case GadgetPart::Kind::kFolder:
        fs::create_directories(path, error);
        break;
      case GadgetPart::Kind::kAttribute:
        error.assign(WriteAttribute(path, part.content), std::generic_category());
        break;
      case GadgetPart::Kind::kLink:
        fs::create_symlink(folder_ / part.content, path, error);
        break;
    }
    if (!error) continue;
    std::string message =
        "the kernel refuses the USB gadget: " + path.string() + ": " + error.message();
    if (part.path == kHidFunction) message += "; it may lack the module usb_f_hid";
    if (error.value() == EOVERFLOW) message += "; a name has at most 126 bytes";
    return Fail(std::move(message));
  }
  return {};
}

Result<void, Error> UsbGadget::Bind() {
  const int error = WriteAttribute(folder_ / kPortAttribute, port_);
  if (error == 0) return {};
  const std::string what = "cannot bind to the USB device port " + port_;
  if (error == EBUSY) {
    const std::string holder = HolderOf(port_, kernel_.gadgets);
    if (holder.empty()) {
      return Fail(what +
                  ": a gadget driver has it (such as g_ether); unload that, or name another "
                  "port with --udc");
    }
    const fs::path attribute = kernel_.gadgets / holder / kPortAttribute;
    return Fail(what + ": the gadget " + holder + " has it; unbind that (echo > " +
                attribute.string() + "), or name another port with --udc");
  }
  return Fail(what + ": " + std::strerror(error));
}

void UsbGadget::Unbind() {
  static_cast<void>(
      WriteAttribute(folder_ / kPortAttribute, "\n"));  // refused once the port is gone
}

Result<std::string, Error> UsbGadget::Node() const {
  // "244:0": the number after the colon is that of the node too.
  const std::string device = FirstLine(folder_ / kHidFunction / "dev");
  const std::size_t colon = device.find(':');
  if (colon == std::string::npos) {
    return Fail("the kernel does not say which node " + folder_.string() + " has");
  }
  return (kernel_.devices / ("hidg" + device.substr(colon + 1))).string();
}

bool UsbGadget::LeadsBack() const { return port_.starts_with("dummy_udc"); }

}  // namespace keyrig::transport
