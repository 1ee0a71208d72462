#include "virtual-key/transport/uhid_event.h"

#include <gmock/gmock.h>
#include <linux/input.h>

#include <cerrno>
#include <cstring>

#include "harness/base/bytes.h"

namespace keyrig::transport {
namespace {

uhid_event Output(std::uint16_t size, std::uint8_t first) {
  uhid_event event{};
  event.type = UHID_OUTPUT;
  event.u.output.size = size;
  for (std::size_t i = 0; i < size; ++i) {
    event.u.output.data[i] = static_cast<std::uint8_t>(first + i);
  }
  return event;
}

TEST(UhidEventTest, TheDeviceIsAUsbKeyWithTheFidoReportDescriptor) {
  UsbIdentity identity;
  identity.vendor = 0x1050;
  identity.product = 0x0407;
  identity.serial = "keyrig-1";
  const uhid_event event = CreateEvent(identity);
  EXPECT_EQ(event.type, static_cast<__u32>(UHID_CREATE2));
  EXPECT_EQ(event.u.create2.bus, BUS_USB);
  EXPECT_EQ(event.u.create2.vendor, 0x1050U);
  EXPECT_EQ(event.u.create2.product, 0x0407U);
  EXPECT_STREQ(reinterpret_cast<const char*>(event.u.create2.name), "keyrig Virtual Key");
  EXPECT_STREQ(reinterpret_cast<const char*>(event.u.create2.uniq), "keyrig-1");
  EXPECT_EQ(ToHex(ByteView(event.u.create2.rd_data, event.u.create2.rd_size)),
            "06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0");
}

TEST(UhidEventTest, TooLongATextIsCutAndStaysTerminated) {
  UsbIdentity identity;
  identity.product_name = std::string(500, 'n');
  identity.serial = std::string(500, 'u');
  const uhid_event event = CreateEvent(identity);
  EXPECT_EQ(std::strlen(reinterpret_cast<const char*>(event.u.create2.name)), 127U);
  EXPECT_EQ(std::strlen(reinterpret_cast<const char*>(event.u.create2.uniq)), 63U);
}

TEST(UhidEventTest, AReportGoesOutAs64BytesWithoutNumber) {
  HidReport report{};
  report.front() = 0xAA;
  report.back() = 0xBB;
  const uhid_event event = InputEvent(report);
  EXPECT_EQ(event.type, static_cast<__u32>(UHID_INPUT2));
  ASSERT_EQ(event.u.input2.size, 64U);
  EXPECT_EQ(event.u.input2.data[0], 0xAA);
  EXPECT_EQ(event.u.input2.data[63], 0xBB);
}

TEST(UhidEventTest, AReportComesInWithOrWithoutItsNumber) {
  const auto plain = OutputReport(Output(64, 1));
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->front(), 1);
  EXPECT_EQ(plain->back(), 64);
  const auto numbered = OutputReport(Output(65, 0));
  ASSERT_TRUE(numbered.has_value());
  EXPECT_EQ(numbered->front(), 1);
  EXPECT_EQ(numbered->back(), 64);
}

TEST(UhidEventTest, OtherSizesNumbersAndEventsAreNoReport) {
  EXPECT_FALSE(OutputReport(Output(65, 7)).has_value());
  EXPECT_FALSE(OutputReport(Output(63, 0)).has_value());
  EXPECT_FALSE(OutputReport(Output(0, 0)).has_value());
  uhid_event open{};
  open.type = UHID_OPEN;
  EXPECT_FALSE(OutputReport(open).has_value());
  EXPECT_FALSE(ReplyTo(open).has_value());
}

TEST(UhidEventTest, ReportRequestsAreAnsweredWithAnError) {
  uhid_event get{};
  get.type = UHID_GET_REPORT;
  get.u.get_report.id = 42;
  const auto got = ReplyTo(get);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->type, static_cast<__u32>(UHID_GET_REPORT_REPLY));
  EXPECT_EQ(got->u.get_report_reply.id, 42U);
  EXPECT_EQ(got->u.get_report_reply.err, EINVAL);
  uhid_event set{};
  set.type = UHID_SET_REPORT;
  set.u.set_report.id = 43;
  const auto was_set = ReplyTo(set);
  ASSERT_TRUE(was_set.has_value());
  EXPECT_EQ(was_set->type, static_cast<__u32>(UHID_SET_REPORT_REPLY));
  EXPECT_EQ(was_set->u.set_report_reply.id, 43U);
  EXPECT_EQ(was_set->u.set_report_reply.err, EINVAL);
}

}  // namespace
}  // namespace keyrig::transport
