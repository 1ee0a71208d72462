// A folder stands for configfs, as far as that takes what any folder takes: gadget_key_test.cc has
// the kernel's.
#include "virtual-key/transport/usb_gadget.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace keyrig::transport {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class UsbGadgetTest : public testing::Test {
 protected:
  UsbGadgetTest()
      : root_(fs::path(testing::TempDir()) / ("usb_gadget_test." + std::to_string(::getpid()))) {
    fs::create_directories(root_ / "usb_gadget");
    fs::create_directories(root_ / "udc");
    identity_.serial = "A-0001";
  }
  ~UsbGadgetTest() override { fs::remove_all(root_); }

  void AddPort(const std::string& name) { fs::create_directories(root_ / "udc" / name); }
  auto Declare(const std::string& port = "") {
    return UsbGadget::Declare(identity_, port,
                              {root_ / "usb_gadget", root_ / "udc", root_ / "dev"});
  }
  std::string RefusalOf(const std::string& port = "") {
    const auto gadget = Declare(port);
    return gadget ? "nothing was refused" : gadget.error().message;
  }
  std::string Read(const fs::path& path) const {
    std::ifstream file(root_ / "usb_gadget" / path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const fs::path root_;
  UsbIdentity identity_;
};

TEST_F(UsbGadgetTest, DeclaresItselfInAFolderOfItsOwnForThePort) {
  AddPort("port.0");
  const auto gadget = Declare();
  ASSERT_TRUE(gadget.has_value()) << gadget.error().message;
  EXPECT_EQ(Read("keyrig.port.0/idVendor"), "0x1209");
  EXPECT_EQ(Read("keyrig.port.0/strings/0x409/serialnumber"), "A-0001");
  EXPECT_EQ(fs::read_symlink(root_ / "usb_gadget/keyrig.port.0/configs/c.1/hid.key"),
            root_ / "usb_gadget/keyrig.port.0/functions/hid.key");
}

TEST_F(UsbGadgetTest, BindsToItsPortAndLetsGoOfIt) {
  AddPort("port.0");
  AddPort("port.1");
  const auto gadget = Declare("port.1");
  ASSERT_TRUE(gadget.has_value()) << gadget.error().message;
  ASSERT_TRUE((*gadget)->Bind().has_value());
  EXPECT_EQ(Read("keyrig.port.1/UDC"), "port.1");
  (*gadget)->Unbind();
  EXPECT_EQ(Read("keyrig.port.1/UDC"), "\n");
}

TEST_F(UsbGadgetTest, KnowsItsNodeByTheNumberThatTheKernelGaveIt) {
  AddPort("port.0");
  const auto gadget = Declare();
  ASSERT_TRUE(gadget.has_value()) << gadget.error().message;
  EXPECT_THAT((*gadget)->Node().error().message, HasSubstr("does not say which node"));
  std::ofstream(root_ / "usb_gadget/keyrig.port.0/functions/hid.key/dev") << "244:3\n";
  EXPECT_EQ((*gadget)->Node(), (root_ / "dev/hidg3").string());
}

TEST_F(UsbGadgetTest, KnowsWhichPortsLeadBackToThisMachine) {
  AddPort("dummy_udc.0");
  AddPort("port.0");
  EXPECT_TRUE(Declare("dummy_udc.0").value()->LeadsBack());
  EXPECT_FALSE(Declare("port.0").value()->LeadsBack());
}

TEST_F(UsbGadgetTest, WithoutPortsItSaysWhatAPortTakes) {
  EXPECT_THAT(RefusalOf(), HasSubstr("this machine has no USB device port"));
}

TEST_F(UsbGadgetTest, AnUnknownPortIsRefusedWithThoseThatAreThere) {
  AddPort("port.0");
  AddPort("port.1");
  EXPECT_THAT(RefusalOf("port.7"),
              HasSubstr("no USB device port port.7; there is: port.0, port.1"));
}

TEST_F(UsbGadgetTest, WithoutConfigfsItSaysHowToMountIt) {
  AddPort("port.0");
  fs::remove_all(root_ / "usb_gadget");
  EXPECT_THAT(RefusalOf(), HasSubstr("modprobe libcomposite"));
  EXPECT_THAT(RefusalOf(), HasSubstr("mount -t configfs"));
}

TEST_F(UsbGadgetTest, APortHasRoomForOneKey) {
  AddPort("port.0");
  AddPort("port.1");
  auto first = Declare("port.0");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_THAT(RefusalOf("port.0"), HasSubstr("another virtual-key process is at the USB device "
                                             "port port.0"));
  EXPECT_TRUE(Declare("port.1").has_value());
  first->reset();
  EXPECT_TRUE(Declare("port.0").has_value());
}

TEST_F(UsbGadgetTest, WhoMayNotMakeGadgetsIsToldWhoMay) {
  AddPort("port.0");
  fs::permissions(root_ / "usb_gadget", fs::perms(0555));
  constexpr uid_t kNobody = 65534;
  const uid_t self = ::geteuid();
  if (self == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const std::string refusal = RefusalOf();
  if (self == 0) {
    ASSERT_EQ(::seteuid(self), 0);
  }
  fs::permissions(root_ / "usb_gadget", fs::perms::owner_all);
  EXPECT_THAT(refusal, HasSubstr("run as root"));
}

}  // namespace
}  // namespace keyrig::transport
