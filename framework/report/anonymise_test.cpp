#include "framework/report/anonymise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/base/files.h"
#include "framework/config/yaml_writer.h"
#include "framework/report/identity.h"

namespace motive {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

/// The traces of Ada, who works below /srv/people/ada on the host gpu7.
Anonymiser of_ada() {
  return Anonymiser({{"ada", "the name of the user", "USER"},
                     {"Ada Lovelace", "the full name of the user", "NAME"},
                     {"gpu7", "the name of the host", "HOST"},
                     {"/srv/people/ada", "the home folder", "HOME", true},
                     {"/srv/people/ada/motive", "the checkout", "CHECKOUT", true}});
}

TEST(BundleAnonymise, LongerTracesComeFirst) {
  Anonymiser a = of_ada();
  EXPECT_EQ(a.text("/srv/people/ada/motive/data.csv: no such file"), "CHECKOUT/data.csv: no such file");
  EXPECT_EQ(a.text("in /srv/people/ada."), "in HOME.");
  EXPECT_EQ(a.text("by Ada Lovelace and ada"), "by NAME and USER");
  EXPECT_EQ(a.replaced().at("the checkout"), 1U);
  EXPECT_EQ(a.replaced().at("the home folder"), 1U);
}

TEST(BundleAnonymise, NamesAreWholeWordsWhateverTheirCase) {
  Anonymiser a = of_ada();
  EXPECT_EQ(a.text("Ada's run_of_ADA on GPU7-2"), "USER's run_of_USER on HOST-2");
  EXPECT_EQ(a.text("adam, nevada, gpu70, cada"), "adam, nevada, gpu70, cada");
  EXPECT_TRUE(a.replaced().size() == 2);
}

TEST(BundleAnonymise, UnknownPathsKeepTheirLastPartAlone) {
  Anonymiser a({});
  EXPECT_EQ(a.text("cannot open '/mnt/lab/sets/beauty.csv': gone"), "cannot open 'PATH/beauty.csv': gone");
  EXPECT_EQ(a.text("PATH=/opt/x:/opt/y/z"), "PATH=PATH/x:PATH/z");
  EXPECT_EQ(a.text("~/sets/x.csv"), "PATH/x.csv");
  EXPECT_EQ(a.text("/Users"
                   "/bob"),
            "PATH")
      << "the last part would be the name";
}

TEST(BundleAnonymise, WhatIsNoPathStays) {
  Anonymiser a({});
  for (const char* text :
       {"n/a", "3 / 4", "and/or", "/v1", "a // b", "../shared/data", "1/2/3", "Action|Comedy/Drama", "", "/", "~", "."}) {
    EXPECT_EQ(a.text(text), text);
  }
  EXPECT_TRUE(a.replaced().empty());
}

TEST(BundleAnonymise, AddressesLoseHostAndLogin) {
  Anonymiser a({});
  EXPECT_EQ(a.text("http://llm.lab.example:8000/v1 refuses"), "http://HOST/v1 refuses");
  EXPECT_EQ(a.text("https://ada:secret@api.openai.com/v1"), "https://api.openai.com/v1");
  EXPECT_EQ(a.text("http://localhost:8000/v1"), "http://localhost:8000/v1");
  EXPECT_EQ(a.text("file:///mnt/lab/x.csv"), "file:///mnt/lab/x.csv") << "of no trace";
}

TEST(BundleAnonymise, JsonKeepsItsKeysAndNumbers) {
  Anonymiser a = of_ada();
  const std::string same = "{ \"x\": 0.1, \"ada\": [1e-7, \"beauty\"] }\n";
  EXPECT_EQ(a.json_text(same).value(), same) << "byte for byte";
  const auto changed = a.json_text(R"({"b": ["/srv/people/ada/x", 3], "a": 0.30000000000000004})");
  EXPECT_EQ(Json::parse(*changed), Json::parse(R"({"b": ["HOME/x", 3], "a": 0.30000000000000004})"));
  EXPECT_LT(changed->find("\"b\""), changed->find("\"a\"")) << "order stays";
  EXPECT_EQ(a.json_lines("{\"a\":\"gpu7\"}\n{\"a\": 1}\n").value(), "{\"a\":\"HOST\"}\n{\"a\": 1}\n");
  EXPECT_FALSE(a.json_text("{"));
  EXPECT_THAT(a.json_lines("{}\n{\n").error().message, HasSubstr("line 2"));
}

TEST(BundleAnonymise, ConfigurationsReadBackTheSame) {
  Anonymiser a = of_ada();
  const OrderedJson json = {{"path", "/mnt/my sets/x y.csv"},
                            {"home", "/srv/people/ada/my data"},
                            {"rate", 1e-05},
                            {"big", 1e22},
                            {"none", nullptr},
                            {"yes", true},
                            {"text", "010"},
                            {"number", "3"},
                            {"list", {1, 2.5, "a"}},
                            {"no_end", std::numeric_limits<double>::infinity()},
                            {"empty", OrderedJson::object()}};
  const auto out = a.yaml_text(config::to_yaml(json));
  ASSERT_TRUE(out) << out.error().message;
  OrderedJson expected = json;
  expected["path"] = "PATH/x y.csv";
  expected["home"] = "HOME/my data";
  EXPECT_EQ(*out, config::to_yaml(expected));
  const std::string plain = config::to_yaml({{"models", {"bpr", "random"}}});
  EXPECT_EQ(a.yaml_text(plain).value(), plain);
  EXPECT_FALSE(a.yaml_text("a: [1"));
}

TEST(BundleAnonymise, FindsWhatIsLeft) {
  const Anonymiser a = of_ada();
  EXPECT_EQ(a.first_in("nothing of adam"), nullptr);
  EXPECT_EQ(a.first_in("x /srv/people/adam"), nullptr);
  EXPECT_EQ(a.first_in("at /srv/people/ada/y")->mark, "HOME");
  EXPECT_EQ(a.first_in("said Ada")->mark, "USER");
  EXPECT_EQ(a.first_in(R"({"content":"line\nada"})")->mark, "USER") << "n ends the escape, not a word";
  EXPECT_EQ(a.first_in(R"(\\n/srv/people/ada)")->mark, "HOME");
}

TEST(BundleIdentity, GitNamesItsOwner) {
  std::vector<Trace> traces;
  add_git_config(traces,
                 "[user]\n\tname = Ada Lovelace\n\temail = ada@engine.example\n[remote \"origin\"]\n"
                 "\turl = git@github.com:lovelace/motive.git\n\tfetch = +refs/heads/*\n");
  EXPECT_THAT(traces, Contains(Field(&Trace::text, "Ada Lovelace")));
  EXPECT_THAT(traces, Contains(Field(&Trace::text, "ada@engine.example")));
  EXPECT_THAT(traces, Contains(Field(&Trace::text, "lovelace/motive")));
  Anonymiser a(traces);
  EXPECT_EQ(a.first_in("see https://github.com/lovelace/motive/issues")->mark, "REMOTE");
}

TEST(BundleIdentity, SharedNamesNameNobody) {
  std::vector<Trace> traces;
  add_git_config(traces, "[user]\n\tname = root\n[user]\n\tname = ab\n[user]\n\tname = 1234\n");
  add_folder(traces, "/", "x", "X");
  EXPECT_TRUE(traces.empty());
}

TEST(BundleIdentity, FoldersAreKnownWithAndWithoutTheirLinks) {
  const Path base = Path(testing::TempDir()) / "bundle-identity";
  std::filesystem::create_directories(base / "real");
  std::filesystem::create_directory_symlink(base / "real", base / "link");
  std::vector<Trace> traces;
  add_folder(traces, base / "link/", "the store", "STORE");
  EXPECT_EQ(traces.size(), 2U);
  EXPECT_THAT(traces, Contains(Field(&Trace::text, HasSubstr("/link"))));
  EXPECT_THAT(traces, Contains(Field(&Trace::text, HasSubstr("/real"))));
  std::filesystem::remove_all(base);
}

TEST(BundleIdentity, KnowsThisMachine) {
  for (const Trace& trace : traces_of_this_machine()) {
    EXPECT_GE(trace.text.size(), 2U);
    EXPECT_FALSE(trace.kind.empty());
    EXPECT_FALSE(trace.mark.empty());
  }
}

}  // namespace
}  // namespace motive
