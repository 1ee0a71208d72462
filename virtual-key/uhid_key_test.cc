// A client at the wire against a key that the kernel knows as a HID device.
#include "virtual-key/uhid_key.h"

#include <gmock/gmock.h>
#include <linux/hidraw.h>
#include <sys/ioctl.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "virtual-key/hid_client.h"
#include "virtual-key/hidraw_test_port.h"
#include "virtual-key/transport/uhid_device.h"

namespace keyrig::virtual_key {
namespace {

using ctaphid::ChannelId;
using ctaphid::Command;
using ctaphid::Message;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Timer = std::chrono::steady_clock;

constexpr seconds kPatience(10);
const Bytes kSelection{0x0B};

bool HasUhid() { return ::access("/dev/uhid", F_OK) == 0; }
constexpr const char* kNoUhid =
    "this machine has no /dev/uhid; ci/guest -- COMMAND runs it where one is";

/// The reduced count of a long series, or all of it where KEYRIG_TEST_FULL is set.
int Times(int full, int reduced) { return std::getenv("KEYRIG_TEST_FULL") ? full : reduced; }

Bytes Pattern(std::size_t size, int salt) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251 + static_cast<std::size_t>(salt));
  }
  return bytes;
}

class UhidKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasUhid()) GTEST_SKIP() << kNoUhid;
  }

  void Attach(const std::string& gesture) {
    VirtualKeyOptions options;
    options.gesture = *GestureScript::Parse(gesture);
    auto key = UhidKey::Create(std::move(options), {}, clock_, rng_, events_);
    ASSERT_TRUE(key.has_value()) << key.error().message;
    key_ = *std::move(key);
  }

  HidClient Client(microseconds pause = {}) {
    auto port = std::make_unique<HidrawTestPort>(key_->Node(), pause);
    EXPECT_TRUE(port->IsOpen()) << key_->Node();
    return HidClient(std::move(port));
  }

  void ExpectWorks(HidClient& client, ChannelId channel) {
    ASSERT_TRUE(client.Send(channel, Command::kPing, Bytes{0x55}));
    EXPECT_EQ(client.Receive(kPatience), (Message{channel, Command::kPing, Bytes{0x55}}));
  }

  /// Sends `count` messages of `size` bytes one after the other and expects each back.
  void ExpectEchoes(HidClient client, std::size_t size, int count) {
    const ChannelId channel = client.OpenChannel(kPatience);
    ASSERT_NE(channel, 0U);
    for (int i = 0; i < count; ++i) {
      const Message message{channel, Command::kPing, Pattern(size, i)};
      ASSERT_TRUE(client.Send(channel, Command::kPing, message.payload));
      const auto reply = client.Receive(kPatience);
      ASSERT_TRUE(reply.has_value()) << "message " << i << " did not come back whole";
      ASSERT_EQ(*reply, message) << "message " << i;
    }
  }

  RealClock clock_;
  Rng rng_;
  EventStream events_;
  std::unique_ptr<UhidKey> key_;
};

TEST_F(UhidKeyTest, MessagesOf30PacketsReturnWholeFromAClientThatDoesNotPause) {
  Attach("touch");
  ExpectEchoes(Client(), 1768, 2000);
}

TEST_F(UhidKeyTest, MessagesOf129PacketsReturnWholeFromAClientThatPauses) {
  Attach("touch");
  ExpectEchoes(Client(microseconds(100)), 7609, 200);
}

TEST_F(UhidKeyTest, AMessageWithoutItsLastPacketEndsInMessageTimeout) {
  Attach("touch");
  HidClient client = Client();
  const ChannelId channel = client.OpenChannel(kPatience);
  auto packets = ctaphid::Split(channel, Command::kPing, Pattern(1768, 1));
  packets.pop_back();
  for (const HidReport& packet : packets) ASSERT_TRUE(client.Port().Write(packet));
  const auto stopped = Timer::now();
  EXPECT_EQ(client.Receive(kPatience), (Message{channel, Command::kError, Bytes{0x05}}));
  const auto took = Timer::now() - stopped;
  EXPECT_GE(took, milliseconds(450));
  EXPECT_LT(took, milliseconds(2000));
  ExpectWorks(client, channel);
}

// ERR_MSG_TIMEOUT is for what nothing follows. Where a packet does follow the gap, its sequence
// number is the wrong one, and CTAP 2.1 §11.2.5.2 has ERR_INVALID_SEQ for that, at once.
TEST_F(UhidKeyTest, AMessageWithoutAPacketInItsMiddleEndsInInvalidSequence) {
  Attach("touch");
  HidClient client = Client();
  const ChannelId channel = client.OpenChannel(kPatience);
  const std::size_t count = ctaphid::Split(channel, Command::kPing, Pattern(1768, 0)).size();
  for (const std::size_t lost : {std::size_t{1}, count / 2, count - 2}) {
    auto packets = ctaphid::Split(channel, Command::kPing, Pattern(1768, 1));
    packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(lost));
    for (const HidReport& packet : packets) ASSERT_TRUE(client.Port().Write(packet));
    EXPECT_EQ(client.Receive(kPatience), (Message{channel, Command::kError, Bytes{0x04}}))
        << "without packet " << lost;
    // The rest belongs to no message, which is not worth an answer.
    EXPECT_FALSE(client.Receive(milliseconds(700)).has_value()) << "without packet " << lost;
    ExpectWorks(client, channel);
  }
}

TEST_F(UhidKeyTest, ABurstThatTheKernelMayDropPartsOfReturnsWholeOrEndsInAnError) {
  Attach("touch");
  HidClient client = Client();
  const ChannelId channel = client.OpenChannel(kPatience);
  int whole = 0;
  int failed = 0;
  for (int i = 0; i < Times(200, 60); ++i) {
    const Bytes payload = Pattern(7609, i);
    ASSERT_TRUE(client.Send(channel, Command::kPing, payload));
    const auto reply = client.Receive(kPatience);
    ASSERT_TRUE(reply.has_value()) << "neither an echo nor an error came back for message " << i;
    if (reply->command == Command::kPing) {
      ++whole;
      ASSERT_EQ(reply->payload, payload);
    } else {
      ++failed;
      ASSERT_EQ(reply->command, Command::kError);
      // The end of the message was lost, or something before what did arrive.
      ASSERT_THAT(reply->payload, testing::AnyOf(Bytes{0x05}, Bytes{0x04}));
      std::this_thread::sleep_for(milliseconds(200));  // until the kernel's ring is empty again
    }
    ExpectWorks(client, channel);
  }
  std::printf("%d whole, %d with a lost packet\n", whole, failed);
}

TEST_F(UhidKeyTest, CancelDuringAPendingTouchEndsItWithKeepaliveCancel) {
  Attach("never");
  HidClient client = Client();
  const ChannelId channel = client.OpenChannel(kPatience);
  ASSERT_TRUE(client.Send(channel, Command::kCbor, kSelection));
  ASSERT_EQ(client.Receive(kPatience), (Message{channel, Command::kKeepalive, Bytes{2}}));
  ASSERT_TRUE(client.Send(channel, Command::kCancel, {}));
  EXPECT_EQ(client.ReceiveAnswer(kPatience), (Message{channel, Command::kCbor, Bytes{0x2D}}));
  EXPECT_FALSE(client.Receive(milliseconds(300)).has_value()) << "nothing comes after it";
  ExpectWorks(client, channel);
}

TEST_F(UhidKeyTest, ASecondChannelIsBusyWhileATouchIsPending) {
  Attach("never");
  HidClient first = Client();
  const ChannelId one = first.OpenChannel(kPatience);
  const ChannelId two = first.OpenChannel(kPatience);
  ASSERT_TRUE(first.Send(one, Command::kCbor, kSelection));
  ASSERT_TRUE(first.Receive(kPatience).has_value());
  ASSERT_TRUE(first.Send(two, Command::kPing, Bytes{1}));
  EXPECT_EQ(first.ReceiveAnswer(kPatience), (Message{two, Command::kError, Bytes{0x06}}));
  ASSERT_TRUE(first.Send(one, Command::kCancel, {}));
  EXPECT_EQ(first.ReceiveAnswer(kPatience), (Message{one, Command::kCbor, Bytes{0x2D}}));
  ExpectWorks(first, two);
}

TEST_F(UhidKeyTest, KeepalivesComeAtLeastEach100Milliseconds) {
  Attach("touch after 2s");
  HidClient client = Client();
  const ChannelId channel = client.OpenChannel(kPatience);
  ASSERT_TRUE(client.Send(channel, Command::kCbor, kSelection));
  int keepalives = 0;
  EXPECT_EQ(client.ReceiveAnswer(kPatience, &keepalives),
            (Message{channel, Command::kCbor, Bytes{0x00}}));
  EXPECT_GE(keepalives, 20);
  EXPECT_LE(keepalives, 45);
}

TEST_F(UhidKeyTest, ReportRequestsAreAnsweredAtOnce) {
  Attach("touch");
  HidrawTestPort port(key_->Node());
  ASSERT_TRUE(port.IsOpen());
  std::array<std::uint8_t, 65> buffer{};
  const auto begun = Timer::now();
  EXPECT_LT(::ioctl(port.Handle(), HIDIOCGFEATURE(65), buffer.data()), 0);
  EXPECT_LT(::ioctl(port.Handle(), HIDIOCSFEATURE(65), buffer.data()), 0);
  EXPECT_LT(Timer::now() - begun, seconds(2))
      << "the kernel waits 5 s for each that is not answered";
}

TEST_F(UhidKeyTest, UnpluggingTakesTheDeviceAwayAndPluggingBringsItBack) {
  Attach("never");
  HidClient client = Client();
  const std::string node = key_->Node();
  const ChannelId channel = client.OpenChannel(kPatience);
  ASSERT_TRUE(client.Send(channel, Command::kCbor, kSelection));
  ASSERT_TRUE(client.Receive(kPatience).has_value());
  ASSERT_TRUE(key_->Control().Unplug().has_value());
  EXPECT_NE(::access(node.c_str(), F_OK), 0);
  EXPECT_EQ(key_->Node(), "");
  EXPECT_FALSE(client.Send(channel, Command::kPing, Bytes{1}));

  ASSERT_TRUE(key_->Control().Plug().has_value());
  EXPECT_EQ(key_->Control().State()->device_node, key_->Node());
  HidClient again = Client();
  const ChannelId fresh = again.OpenChannel(kPatience);
  ASSERT_NE(fresh, 0U);
  ExpectWorks(again, fresh);
}

TEST_F(UhidKeyTest, TwoKeysAreToldApart) {
  Attach("touch");
  const auto second = UhidKey::Create({}, {}, clock_, rng_, events_);
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_NE((*second)->Node(), key_->Node());
  ASSERT_TRUE(key_->Control().PowerCycle().has_value());
  EXPECT_NE((*second)->Node(), key_->Node());
  HidClient client = Client();
  EXPECT_NE(client.OpenChannel(kPatience), 0U);
}

TEST(UhidDeviceTest, AnswersOf129PacketsArriveWhole) {
  if (!HasUhid()) GTEST_SKIP() << kNoUhid;
  std::atomic<int> asked{0};
  transport::UsbIdentity identity;
  identity.serial = "keyrig-answers";
  auto device = transport::UhidDevice::Create(identity, [&](const HidReport&) { ++asked; });
  ASSERT_TRUE(device.has_value()) << device.error().message;
  HidClient client(std::make_unique<HidrawTestPort>((*device)->Node()));
  for (int i = 0; i < 200; ++i) {
    const Message answer{0x01020304, Command::kCbor, Pattern(7609, i)};
    ASSERT_TRUE(client.Port().Write(HidReport{}));
    while (asked <= i) std::this_thread::yield();
    std::jthread sending([&] {
      EXPECT_TRUE((*device)->Send(ctaphid::Split(answer.channel, answer.command, answer.payload)));
    });
    const auto received = client.Receive(kPatience);
    ASSERT_TRUE(received.has_value()) << "answer " << i << " did not arrive whole";
    ASSERT_EQ(*received, answer) << "answer " << i;
  }
}

}  // namespace
}  // namespace keyrig::virtual_key
