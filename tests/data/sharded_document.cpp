#include "limsym/data/sharded_document.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

data::Json whole() {
    data::Json rows = data::Json::array();
    for (int r = 0; r < 7; ++r)
        rows.push_back({{"r", r}, {"value", r / 3.0}});
    return {{"schema", "limsym/test@1"}, {"options", {{"lambda", 0.1}}}, {"n", 3}, {"rows", rows}};
}

data::Json part(std::size_t index, std::size_t count) {
    const data::Json all = whole();
    data::Json rows = data::Json::array();
    for (std::size_t r = index; r < all["rows"].size(); r += count)
        rows.push_back(all["rows"][r]);
    return {{"schema", all["schema"]},
            {"options", all["options"]},
            {"shard", data::shard_json({index, count})},
            {"n", 3},
            {"rows", rows},
            {"seconds", 0.1 + static_cast<double>(index)}};
}

struct Shards {
    tests::TemporaryFolder folder;
    std::vector<std::string> files;

    std::string add(const data::Json& document) {
        files.push_back(folder.file("p" + std::to_string(files.size()) + ".json", data::to_text(document)));
        return files.back();
    }
    [[nodiscard]] data::Json merge() const { return data::merge_documents(files, {"limsym/test@1"}); }
    /// The error without the folder's name.
    [[nodiscard]] std::string error() const {
        std::string message = tests::message_of<base::InputError>([&] { return merge(); });
        const std::string path = folder.path().string() + "/";
        for (std::size_t at = message.find(path); at != std::string::npos; at = message.find(path))
            message.erase(at, path.size());
        return message;
    }
};

} // namespace

TEST_CASE("shards of a document give the whole, in any order") {
    for (const std::size_t count : {1U, 2U, 3U, 7U, 9U}) {
        Shards shards;
        for (std::size_t k = count; k-- > 0;)
            shards.add(part(k, count));
        CHECK(data::to_text(shards.merge()) == data::to_text(whole()));
    }
}

TEST_CASE("shards that are missing, repeated, foreign or damaged are named") {
    {
        Shards shards;
        shards.add(part(0, 3));
        shards.add(part(2, 3));
        CHECK(shards.error() == "shard 1/3 is missing");
        shards.add(part(2, 3));
        CHECK(shards.error() == "p2.json: shard 2/3 is given twice; p1.json holds it already");
    }
    {
        Shards shards;
        shards.add(part(0, 2));
        data::Json other = part(1, 2);
        other["options"]["lambda"] = 0.2;
        shards.add(other);
        CHECK(shards.error() ==
              "p1.json:/options/lambda: shard 1/2 is of another run: '0.2'; expected '0.1' as in p0.json");
    }
    {
        Shards shards;
        shards.add(part(0, 2));
        shards.add(part(1, 3));
        CHECK(shards.error() == "p1.json:/shard/count: shard 1/3 beside shard 0/2 of p0.json");
    }
    {
        Shards shards;
        shards.add(part(0, 2));
        data::Json cut = part(1, 2);
        cut["rows"].erase(1);
        shards.add(cut);
        CHECK(shards.error() == "p1.json:/rows: 2 rows in shard 1/2; expected 3 of 6");
    }
    {
        Shards shards;
        shards.add(whole());
        CHECK(shards.error() == "p0.json: has no \"shard\"; expected a document that --shard wrote");
    }
    {
        Shards shards;
        data::Json other = part(0, 1);
        other["schema"] = "limsym/other@1";
        shards.add(other);
        CHECK(shards.error() == "p0.json:/schema: 'limsym/other@1'; expected limsym/test@1");
    }
}
