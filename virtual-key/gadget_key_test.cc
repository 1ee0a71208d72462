// A client at the wire against a key at a USB device port of the same machine.
#include "virtual-key/gadget_key.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "virtual-key/gadget_test_port.h"
#include "virtual-key/hid_client.h"
#include "virtual-key/hidraw_test_port.h"

namespace keyrig::virtual_key {
namespace {

using ctaphid::ChannelId;
using ctaphid::Command;
using ctaphid::Message;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Timer = std::chrono::steady_clock;

constexpr seconds kHostPatience(10);
constexpr const char* kGadgetFolder = "/sys/kernel/config/usb_gadget/keyrig.dummy_udc.0";

Bytes Counted(std::size_t size) {
  Bytes bytes(size);
  std::ranges::generate(bytes, [n = 0]() mutable { return static_cast<std::uint8_t>(n++ * 7); });
  return bytes;
}

class GadgetKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasLoopbackPort()) GTEST_SKIP() << kNoLoopbackPort;
  }

  void Attach(const std::string& gesture, transport::UsbIdentity identity = {}) {
    auto key = Create(gesture, std::move(identity));
    ASSERT_TRUE(key.has_value()) << key.error().message;
    key_ = *std::move(key);
  }
  Result<std::unique_ptr<GadgetKey>, Error> Create(const std::string& gesture,
                                                   transport::UsbIdentity identity) {
    VirtualKeyOptions options;
    options.gesture = *GestureScript::Parse(gesture);
    return GadgetKey::Create(std::move(options), std::move(identity), kLoopbackPort, clock_, rng_,
                             events_);
  }

  std::string Node() { return key_->Control().State()->device_node; }
  HidClient Client() {
    auto port = std::make_unique<HidrawTestPort>(Node());
    EXPECT_TRUE(port->IsOpen()) << Node();
    return HidClient(std::move(port));
  }
  void ExpectWorks(HidClient& client) {
    const ChannelId channel = client.OpenChannel(kHostPatience);
    ASSERT_NE(channel, 0U);
    ASSERT_TRUE(client.Send(channel, Command::kPing, Bytes{0x55}));
    EXPECT_EQ(client.Receive(kHostPatience), (Message{channel, Command::kPing, Bytes{0x55}}));
  }

  RealClock clock_;
  Rng rng_;
  EventStream events_;
  std::unique_ptr<GadgetKey> key_;
};

TEST_F(GadgetKeyTest, AHostSeesItsNumbersNamesAndSerial) {
  Attach("touch", {.vendor = 0x1050,
                   .product = 0x0407,
                   .manufacturer = "Contoso",
                   .product_name = "Blue Key",
                   .serial = "A-0001"});
  EXPECT_THAT(key_->Port(), testing::MatchesRegex("/dev/hidg[0-9]+"));
  const std::string node = std::filesystem::path(Node()).filename();
  std::ifstream file("/sys/class/hidraw/" + node + "/device/uevent");
  const std::string uevent{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(uevent, HasSubstr("HID_ID=0003:00001050:00000407\n"));
  EXPECT_THAT(uevent, HasSubstr("HID_NAME=Contoso Blue Key\n"));
  EXPECT_THAT(uevent, HasSubstr("HID_UNIQ=A-0001\n"));
}

TEST_F(GadgetKeyTest, MessagesOf129PacketsReturnWholeFromAClientThatDoesNotPause) {
  Attach("touch");
  HidClient client = Client();
  const ChannelId channel = client.OpenChannel(kHostPatience);
  ASSERT_NE(channel, 0U);
  for (int i = 0; i < 20; ++i) {
    const Message message{channel, Command::kPing, Counted(7609)};
    ASSERT_TRUE(client.Send(channel, Command::kPing, message.payload));
    ASSERT_EQ(client.Receive(kHostPatience), message) << "message " << i;
  }
}

TEST_F(GadgetKeyTest, CancelDuringAPendingTouchEndsIt) {
  Attach("never");
  HidClient client = Client();
  const ChannelId channel = client.OpenChannel(kHostPatience);
  ASSERT_TRUE(client.Send(channel, Command::kCbor, Bytes{0x0B}));
  ASSERT_EQ(client.Receive(kHostPatience), (Message{channel, Command::kKeepalive, Bytes{2}}));
  ASSERT_TRUE(client.Send(channel, Command::kCancel, {}));
  EXPECT_EQ(client.ReceiveAnswer(kHostPatience), (Message{channel, Command::kCbor, Bytes{0x2D}}));
  ExpectWorks(client);
}

// A host whose programs have closed the device does not take its packets any more.
TEST_F(GadgetKeyTest, AClientThatGoesAwayWhileTheKeyWaitsStopsNobody) {
  Attach("never");
  ChannelId abandoned = 0;
  {
    HidClient client = Client();
    abandoned = client.OpenChannel(kHostPatience);
    ASSERT_TRUE(client.Send(abandoned, Command::kCbor, Bytes{0x0B}));
    ASSERT_TRUE(client.Receive(kHostPatience).has_value());
  }
  std::this_thread::sleep_for(seconds(1));
  HidClient next = Client();
  ASSERT_TRUE(next.Send(ctaphid::kBroadcastChannel, Command::kInit, ByteArray<8>{}));
  EXPECT_EQ(next.ReceiveAnswer(kHostPatience),
            (Message{ctaphid::kBroadcastChannel, Command::kError, Bytes{0x06}}));
  ASSERT_TRUE(key_->Control().Advance(seconds(61)).has_value());
  EXPECT_EQ(next.ReceiveAnswer(kHostPatience), (Message{abandoned, Command::kCbor, Bytes{0x2F}}));
  ExpectWorks(next);
}

TEST_F(GadgetKeyTest, UnpluggingTakesTheDeviceFromTheHostAndPluggingBringsItBack) {
  Attach("never");
  HidClient client = Client();
  const std::string node = Node();
  const ChannelId channel = client.OpenChannel(kHostPatience);
  ASSERT_TRUE(client.Send(channel, Command::kCbor, Bytes{0x0B}));
  ASSERT_TRUE(client.Receive(kHostPatience).has_value());
  ASSERT_TRUE(key_->Control().Unplug().has_value());
  EXPECT_NE(::access(node.c_str(), F_OK), 0);
  EXPECT_EQ(Node(), "");
  EXPECT_FALSE(key_->Control().State()->plugged);
  EXPECT_FALSE(client.Send(channel, Command::kPing, Bytes{1}));

  ASSERT_TRUE(key_->Control().Plug().has_value());
  HidClient again = Client();
  ExpectWorks(again);
  ASSERT_TRUE(key_->Control().PowerCycle().has_value());
  HidClient once_more = Client();
  ExpectWorks(once_more);
}

TEST_F(GadgetKeyTest, NothingOfItIsLeft) {
  Attach("touch");
  EXPECT_TRUE(std::filesystem::exists(kGadgetFolder));
  const std::string node = Node();
  key_.reset();
  EXPECT_FALSE(std::filesystem::exists(kGadgetFolder));
  EXPECT_NE(::access(node.c_str(), F_OK), 0);
}

TEST_F(GadgetKeyTest, APortHasRoomForOneKey) {
  Attach("touch");
  const auto second = Create("touch", {});
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, HasSubstr("another virtual-key process is at the USB device "
                                                "port dummy_udc.0"));
  HidClient client = Client();
  ExpectWorks(client);
}

TEST_F(GadgetKeyTest, ANameThatUsbCannotCarryIsRefused) {
  transport::UsbIdentity identity;
  identity.product_name = std::string(200, 'n');
  const auto key = Create("touch", identity);
  ASSERT_FALSE(key.has_value());
  EXPECT_THAT(key.error().message, HasSubstr("strings/0x409/product"));
  EXPECT_THAT(key.error().message, HasSubstr("at most 126 bytes"));
  EXPECT_FALSE(std::filesystem::exists(kGadgetFolder));
}

}  // namespace
}  // namespace keyrig::virtual_key
