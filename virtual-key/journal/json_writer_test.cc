#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/base/json_schema.h"
#include "virtual-key/journal/test_wire.h"
#include "virtual-key/journal/writer.h"

namespace keyrig::journal {
namespace {

using ctaphid::Command;
using Parsed = nlohmann::json;

class JsonWriterTest : public testing::Test {
 protected:
  /// The lines, each of which the schema takes.
  std::vector<Parsed> LinesOf(Wire on, const TestWire& wire) const {
    const auto writer = MakeWriter(Format::kJsonLines, on, "uhid");
    std::string text = writer->Begin();
    for (const Entry& entry : wire.Entries()) text += writer->Write(entry);
    return Lines(text + writer->End());
  }
  std::vector<Parsed> Lines(const std::string& text) const {
    std::istringstream stream(text);
    std::vector<Parsed> lines;
    for (std::string line; std::getline(stream, line);) {
      lines.push_back(Parsed::parse(line));
      EXPECT_TRUE(schema_.Accepts(lines.back())) << line;
    }
    return lines;
  }

  const JsonSchema schema_{KEYRIG_SOURCE_DIR "/virtual-key/journal/schema/journal.schema.json"};
};

TEST_F(JsonWriterTest, ATransactionIsALineWithAllThereIs) {
  TestWire wire;
  wire.ToKey(7, Command::kCbor, Message(0x02, cbor::Map{{1, "a.example"}}));
  wire.KeepAlive(7, 2).ToKey(7, Command::kCancel, {});
  const Bytes data = Concat({Bytes(32, 0x11), Bytes{0x01, 0, 0, 0, 9}});
  wire.FromKey(7, Command::kCbor, Message(0x00, cbor::Map{{2, data}, {77, 1}}));
  const auto lines = LinesOf(Wire::kHid, wire);
  ASSERT_EQ(lines.size(), 1U);
  const Parsed& line = lines[0];
  EXPECT_EQ(line.at("protocol"), "ctap2");
  EXPECT_EQ(line.at("command"), "authenticatorGetAssertion");
  EXPECT_EQ(line.at("status"), "OK");
  EXPECT_EQ(line.at("channel"), "00000007");
  EXPECT_EQ(line.at("at_us"), 1'700'000'000'000'000);
  EXPECT_EQ(line.at("took_us"), 3000);
  EXPECT_EQ(line.at("request").at("members").at("rpId"), "\"a.example\"");
  EXPECT_EQ(line.at("request").at("hex"), "02a10169612e6578616d706c65");
  EXPECT_EQ(line.at("answer").at("members").at("77"), "1");
  EXPECT_EQ(line.at("authenticator_data").at("flags"), "UP");
  EXPECT_EQ(line.at("keepalives"), 1);
  EXPECT_EQ(line.at("awaited_touch_us"), 2000);
  EXPECT_EQ(line.at("cancelled"), true);
  ASSERT_EQ(line.at("packets").size(), 4U);
  EXPECT_EQ(line.at("packets").at(2).at("from"), "client");
  EXPECT_EQ(line.at("packets").at(2).at("at_us"), 1'700'000'000'002'000);
  EXPECT_EQ(line.at("packets").at(2).at("hex"), "00000007910000" + std::string(114, '0'));
}

TEST_F(JsonWriterTest, LinesOfEveryKindFitTheSchema) {
  TestWire wire;
  wire.PowerUp().ToKey(7, Command::kCbor, Bytes{0x0B});
  wire.ToKey(8, Command::kPing, Bytes{1}).FromKey(8, Command::kError, Bytes{0x06});
  wire.ToKey(0xFFFFFFFF, Command::kInit, Bytes(8, 1));
  EXPECT_EQ(LinesOf(Wire::kHid, wire).size(), 4U);
  TestWire card;
  card.CommandApdu(Bytes{0x00, 0x03, 0x00, 0x00}).ResponseApdu(Bytes{0x90, 0x00});
  card.CommandApdu(Bytes{0x80, 0x10, 0x00, 0x00, 0x02, 0x04, 0x05}).ResponseApdu(Bytes{0x69, 0x99});
  EXPECT_EQ(LinesOf(Wire::kCard, card).size(), 2U);
  EXPECT_EQ(Lines(MakeWriter(Format::kJsonLines, Wire::kCard, "nfc")->Lose(3))[0].at("packets"), 3);
}

// A client may say that bytes are text that are none.
TEST_F(JsonWriterTest, ALineIsUtf8) {
  TestWire wire;
  wire.ToKey(7, Command::kCbor, Bytes{0x02, 0xA1, 0x01, 0x62, 0xFF, 0xFE});
  wire.FromKey(7, Command::kCbor, Bytes{0x12});
  EXPECT_EQ(LinesOf(Wire::kHid, wire)[0].at("status"), "INVALID_CBOR");
}

}  // namespace
}  // namespace keyrig::journal
