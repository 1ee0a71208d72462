#include "harness/scenario/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyrig::scenario {
namespace {

using testing::HasSubstr;

/// A file of one step; `step` is the line 5.
std::string FileWith(const std::string& step) {
  return "{ \"name\": \"a\",\n"
         "  \"intent\": \"Something happens.\",\n"
         "  \"tenant\": \"contoso\",\n"
         "  \"steps\": [\n" +
         step + "\n  ] }\n";
}

std::string Refusal(const std::string& text, const std::string& file = "flows/main/a.json") {
  const auto loaded = LoadScenario(file, text);
  return loaded ? "accepted" : loaded.error().message;
}

std::string StepRefusal(const std::string& step) { return Refusal(FileWith(step)); }

TEST(LoaderTest, ReadsEveryMember) {
  const auto loaded = LoadScenario("flows/main/all_of_it.json", R"({
    "$schema": "x", "$comment": "y", "name": "all_of_it", "intent": "All.", "lab": ["1", "3"],
    "tenant": "contoso", "requires": ["clientPin", "rk"],
    "key": { "model": "small_key", "aaguid": "2fc0579f-8113-47ea-b116-bb5a8db9202a", "attestation": "self",
             "pin": "4711" },
    "steps": [
      { "enable_security_keys": { "as": "admin", "enabled": false, "include": ["all_users"],
          "exclude": ["Sales"], "enforce_attestation": true, "allow_self_service": false,
          "key_restrictions": { "enforced": false, "type": "block",
            "aaguids": ["2fc0579f-8113-47ea-b116-bb5a8db9202a"] },
          "expect": { "graph": "accessDenied" } } },
      { "$comment": "here too",
        "register_key": { "as": "adele", "administrator": "megan", "pin": "4711", "gesture": "decline",
          "transport": "nfc", "name": "K", "on_open_page": true,
          "expect": { "security_info": 23 } } },
      { "sign_in": { "as": "adele", "at": "myapps", "pin": "4711", "gesture": "never",
          "by_user_name": false, "expect": { "aadsts": "135016" } } },
      { "delete_keys": { "as": "admin", "of": "adele", "expect": "granted" } },
      { "advance_clock": { "seconds": 90 } }, { "unplug_key": {} }, { "plug_key": {} },
      { "set_fault": { "fault": "bad_signature always" } }, { "clear_faults": {} },
      { "open_security_info": { "as": "adele", "administrator": "megan",
          "expect": { "not_offered": "security_key" } } } ] })");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->name, "all_of_it");
  EXPECT_EQ(loaded->theme, "main");
  EXPECT_EQ(loaded->lab, (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(loaded->requirements, (std::vector<std::string>{"clientPin", "rk"}));
  EXPECT_EQ(loaded->key.model, "small_key");
  EXPECT_EQ(loaded->key.aaguid->Text(), "2fc0579f-8113-47ea-b116-bb5a8db9202a");
  EXPECT_EQ(loaded->key.attestation, KeyProfile::Attestation::kSelf);
  EXPECT_EQ(loaded->key.pin, "4711");
  ASSERT_EQ(loaded->steps.size(), 10u);

  const auto& policy = std::get<EnableSecurityKeys>(loaded->steps[0].action);
  EXPECT_EQ(policy.as.user_principal_name, "admin");
  EXPECT_FALSE(policy.enabled);
  EXPECT_EQ(policy.include, (std::vector<std::string>{"all_users"}));
  EXPECT_EQ(policy.exclude, (std::vector<std::string>{"Sales"}));
  EXPECT_EQ(policy.enforce_attestation, true);
  EXPECT_EQ(policy.allow_self_service, false);
  EXPECT_FALSE(policy.key_restrictions->enforced);
  EXPECT_EQ(policy.key_restrictions->type, "block");
  EXPECT_EQ(policy.key_restrictions->aaguids.size(), 1u);
  EXPECT_EQ(loaded->steps[0].expect.Text(), "graph accessDenied");

  const auto& registration = std::get<RegisterKey>(loaded->steps[1].action);
  EXPECT_EQ(registration.as.user_principal_name, "adele");
  EXPECT_EQ(registration.administrator.user_principal_name, "megan");
  EXPECT_EQ(registration.pin, "4711");
  EXPECT_EQ(registration.gesture, Gesture::kDecline);
  EXPECT_EQ(registration.transport, "nfc");
  EXPECT_EQ(registration.name, "K");
  EXPECT_TRUE(registration.on_open_page);
  EXPECT_EQ(loaded->steps[1].expect.Text(), "security_info 23");

  const auto& sign_in = std::get<SignIn>(loaded->steps[2].action);
  EXPECT_EQ(sign_in.gesture, Gesture::kNever);
  EXPECT_FALSE(sign_in.by_user_name);
  EXPECT_EQ(loaded->steps[2].expect.Text(), "aadsts 135016");

  EXPECT_EQ(std::get<DeleteKeys>(loaded->steps[3].action).of.user_principal_name, "adele");
  EXPECT_EQ(loaded->steps[3].expect.Text(), "granted");
  EXPECT_EQ(std::get<AdvanceClock>(loaded->steps[4].action).by, std::chrono::seconds(90));
  EXPECT_TRUE(std::holds_alternative<UnplugKey>(loaded->steps[5].action));
  EXPECT_TRUE(std::holds_alternative<PlugKey>(loaded->steps[6].action));
  EXPECT_EQ(std::get<SetFault>(loaded->steps[7].action).fault, "bad_signature always");
  EXPECT_TRUE(std::holds_alternative<ClearFaults>(loaded->steps[8].action));
  const auto& opening = std::get<OpenSecurityInfo>(loaded->steps[9].action);
  EXPECT_EQ(opening.as.user_principal_name, "adele");
  EXPECT_EQ(opening.administrator.user_principal_name, "megan");
  EXPECT_EQ(loaded->steps[9].expect.Text(), "not_offered security_key");
}

TEST(LoaderTest, LeavesDefaultsAlone) {
  const auto loaded = LoadScenario(
      "a.json", FileWith(R"({ "register_key": { "as": "adele", "pin": "1234", "name": "K" } })"));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->theme, "scenario");
  const auto& step = std::get<RegisterKey>(loaded->steps[0].action);
  EXPECT_EQ(step.administrator.user_principal_name, "admin");
  EXPECT_EQ(step.gesture, Gesture::kTouch);
  EXPECT_EQ(step.transport, "usb");
  EXPECT_EQ(loaded->steps[0].expect.kind, station::Outcome::Kind::kGranted);
}

TEST(LoaderTest, NamesFileLineColumnAndPath) {
  EXPECT_EQ(StepRefusal(R"({ "sign_in": { "as": "adele", "pin": "1234", "gesture": "tuch" } })"),
            "flows/main/a.json:5:57: $.steps[0].sign_in.gesture: \"tuch\" is not known; did you "
            "mean \"touch\"? allowed: touch, decline, never");
  EXPECT_EQ(StepRefusal(R"({ "sign_in": { "as": "a\"b\\", "pin": 17 } })"),
            "flows/main/a.json:5:39: $.steps[0].sign_in.pin: expected a text, found a number");
  EXPECT_EQ(StepRefusal(R"({ "advance_clock": { "seconds": 1.5 } })"),
            "flows/main/a.json:5:33: $.steps[0].advance_clock.seconds: expected a whole number "
            "from 1 to 2592000, found 1.5");
  EXPECT_EQ(StepRefusal(R"({ "sign_in": { "as": "adele", "pin": "1234", "by_user_name": null } })"),
            "flows/main/a.json:5:62: $.steps[0].sign_in.by_user_name: expected true or false, "
            "found null");
}

TEST(LoaderTest, RefusesUnknownMembers) {
  EXPECT_THAT(Refusal(R"({ "nam": "a" })"),
              HasSubstr(":1:3: $: unknown member \"nam\"; did you mean \"name\"? allowed: $schema, "
                        "name, intent, lab, tenant, requires, key, steps"));
  EXPECT_THAT(StepRefusal(R"({ "sing_in": {} })"),
              HasSubstr("$.steps[0]: unknown step \"sing_in\"; did you mean \"sign_in\"?"));
  EXPECT_THAT(StepRefusal(R"({ "unplug_key": { "expect": "granted" } })"),
              HasSubstr("unknown member \"expect\"; nothing is allowed here"));
  EXPECT_THAT(StepRefusal(R"({ "enable_security_keys": { "as": "admin",
      "key_restrictions": { "type": "allow", "aaguids": [], "list": [] } } })"),
              HasSubstr(":6:61: $.steps[0].enable_security_keys.key_restrictions: unknown member "
                        "\"list\""));
}

TEST(LoaderTest, RefusesDuplicateMembers) {
  EXPECT_THAT(Refusal("{ \"name\": \"a\",\n  \"intent\": \"i\",\n  \"name\": \"a\" }"),
              HasSubstr(":3:3: $: \"name\" is there twice; the first is in line 1"));
  EXPECT_THAT(StepRefusal("{ \"sign_in\": { \"as\": \"adele\",\n \"as\": \"alex\" } }"),
              HasSubstr(":6:2: $.steps[0].sign_in: \"as\" is there twice; the first is in line 5"));
}

TEST(LoaderTest, RefusesWrongTypes) {
  EXPECT_THAT(Refusal("[]"), HasSubstr(":1:1: $: expected an object with $schema, name"));
  EXPECT_THAT(Refusal("17"), HasSubstr(":1:1: $: expected an object"));
  EXPECT_THAT(StepRefusal("7"), HasSubstr(":5:1: $.steps[0]: expected a step"));
  EXPECT_THAT(StepRefusal(R"({ "delete_keys": { "as": "admin", "of": true } })"),
              HasSubstr(":5:41: $.steps[0].delete_keys.of: expected a text, found true or false"));
  EXPECT_THAT(
      StepRefusal(R"({ "enable_security_keys": { "as": "admin", "include": "all_users" } })"),
      HasSubstr("expected a list of texts, found a text"));
}

TEST(LoaderTest, RefusesMissingMembers) {
  EXPECT_THAT(Refusal(R"({ "name": "a" })"), HasSubstr("$: the member \"intent\" is missing"));
  EXPECT_THAT(StepRefusal(R"({ "register_key": { "as": "adele", "pin": "1234" } })"),
              HasSubstr("$.steps[0].register_key: the member \"name\" is missing"));
}

TEST(LoaderTest, RefusesBadNames) {
  EXPECT_THAT(Refusal(R"({ "name": "sign-in", "intent": "i", "tenant": "t", "steps": [] })"),
              HasSubstr("$.name: \"sign-in\" is not a name; use a to z, 0 to 9 and _ only"));
  EXPECT_THAT(Refusal(R"({ "name": "b", "intent": "i", "tenant": "t", "steps": [] })"),
              HasSubstr("$.name: the name must be that of the file, \"a\""));
  EXPECT_THAT(Refusal(R"({ "name": "a", "intent": "i", "tenant": "T", "steps": [] })"),
              HasSubstr("$.tenant: \"T\" is not a name"));
}

TEST(LoaderTest, RefusesCodesThatDoNotExist) {
  const auto expecting = [](const std::string& expect) {
    return StepRefusal(R"({ "sign_in": { "as": "adele", "pin": "1234", "expect": )" + expect +
                       " } }");
  };
  EXPECT_THAT(expecting(R"({ "ctap": "PIN_INVALD" })"),
              HasSubstr("\"PIN_INVALD\" is not a CTAP status; did you mean \"PIN_INVALID\"?"));
  EXPECT_THAT(expecting(R"({ "aadsts": "135099" })"),
              HasSubstr("$.steps[0].sign_in.expect.aadsts: \"135099\" is not a sign-in error; did "
                        "you mean \"135009\"?"));
  EXPECT_THAT(expecting(R"({ "security_info": 99 })"),
              HasSubstr("expected a whole number from 1 to 35, found 99"));
  EXPECT_THAT(expecting(R"({ "graph": "AccessDenied" })"),
              HasSubstr("did you mean \"accessDenied\"?"));
  EXPECT_THAT(expecting(R"({ "not_offered": "key" })"),
              HasSubstr("did you mean \"security_key\"?"));
  EXPECT_THAT(expecting(R"("grunted")"),
              HasSubstr("\"grunted\" is no outcome; expected \"granted\""));
  EXPECT_THAT(expecting("{}"), HasSubstr("expected one member; allowed: ctap, aadsts"));
  EXPECT_THAT(expecting(R"({ "ctap": "PIN_INVALID", "aadsts": "50034" })"),
              HasSubstr("a step ends in one way; both \"ctap\" and \"aadsts\" stand here"));
}

TEST(LoaderTest, RefusesValuesOutOfRange) {
  EXPECT_THAT(StepRefusal(R"({ "sign_in": { "as": "adele", "pin": "123" } })"),
              HasSubstr("a PIN has 4 characters or more"));
  EXPECT_THAT(StepRefusal(R"({ "sign_in": { "as": "", "pin": "1234" } })"),
              HasSubstr("expected a text that is not empty"));
  EXPECT_THAT(StepRefusal(R"({ "enable_security_keys": { "as": "admin",
      "include": ["Sales", "Sales"] } })"),
              HasSubstr("\"Sales\" is there twice"));
  EXPECT_THAT(StepRefusal(R"({ "enable_security_keys": { "as": "admin",
      "key_restrictions": { "type": "allow", "aaguids": ["2FC0579F"] } } })"),
              HasSubstr("\"2FC0579F\" is no AAGUID"));
  EXPECT_THAT(StepRefusal("{}"), HasSubstr("a step has one member; allowed: enable_security_keys"));
  EXPECT_THAT(StepRefusal(R"({ "unplug_key": {}, "plug_key": {} })"),
              HasSubstr("\"plug_key\" is the second, give it braces of its own"));
  EXPECT_THAT(Refusal(FileWith("")), HasSubstr("$.steps: a scenario has at least one step"));
}

TEST(LoaderTest, NamesThePlaceWhereTheJsonBreaks) {
  EXPECT_THAT(Refusal(""), HasSubstr("a.json:1:1: $: the JSON ends too early"));
  EXPECT_THAT(Refusal("{ \"name\": \"a\","), HasSubstr("the JSON ends too early"));
  EXPECT_THAT(Refusal("{ \"name\": \"a\",\n  intent: 1 }"), HasSubstr("a.json:2:"));
  EXPECT_THAT(Refusal(FileWith("{}") + "x"), HasSubstr("a.json:7:1: "));
}

TEST(LoaderTest, TakesTheOwnersPinForThatOfTheScenario) {
  const auto loaded = LoadScenario(
      "a.json", FileWith(R"({ "register_key": { "as": "adele", "pin": "123456", "name": "K" } },
                  { "sign_in": { "as": "adele", "pin": "000000" } },
                  { "sign_in": { "as": "adele", "pin": "123456" } })"));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(OwnPin(*loaded), "123456");
  const Scenario mine = WithPin(*loaded, "7391");
  EXPECT_EQ(*PinOf(mine.steps[0].action), "7391");
  EXPECT_EQ(*PinOf(mine.steps[1].action), "000000");
  EXPECT_EQ(*PinOf(mine.steps[2].action), "7391");
}

}  // namespace
}  // namespace keyrig::scenario
