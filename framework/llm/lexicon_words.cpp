// The words of the lexicon; where they come from says lexicon.h. Nothing but words stands here.

#include "framework/llm/lexicon.h"

namespace motive::llm {
namespace {

constexpr std::array<LexiconSource, kMotivations> kSources = {{
    {Motivation::kFunctionality,
     {"simple, feature, tool, gadget, device, button, control, mode, setting, switch, remote, usb, cable, charger, charging, "
      "battery, output, input, motor, engine, sensor, digital, electric, electronic, smart, app, connect, connectivity, "
      "mount, attach, attachment, bracket, holder, storage, store, compartment, pocket, capacity, size, fit, travel, "
      "everyday, daily, everyday use, daily use, task, job, work, chore, comfort, comfortable, grip, handle, cushioned, "
      "instruction, setup, set up, assemble, assembly, install, kit, equipment, accessory, replacement, resolution, "
      "hardware, software, appliance, utensil, clip, strap, zipper, hook, wheel, lid, detachable, extendable, telescopic, "
      "slim, thin, responsive, clear sound, bright light, spacious, roomy, commute, outdoor, everywhere, anywhere, backup",
      "useful, usable, handy, convenient, convenience, helpful, flexible, flexibility, adaptable, versatile, portable, "
      "compact, lightweight, light weight, foldable, collapsible, stackable, adjustable, removable, interchangeable, "
      "modular, expandable, ergonomic, automatic, automated, programmable, customizable, wireless, cordless, rechargeable, "
      "bluetooth, wifi, waterproof, water resistant, weatherproof, nonstick, non stick, leakproof, leak proof, quick dry, "
      "washable, machine washable, dishwasher safe, microwave safe, easy to clean, easy clean, easy to install, "
      "easy to assemble, easy to carry, easy to store, easy setup, no assembly, quick release, plug and play, hands free, "
      "compatible, universal, precise, precision, accurate, accuracy, powerful, fast, faster, quick, rapid, instant, "
      "instantly, speed, high speed, high capacity, battery life, long battery, fast charging, organize, organizer, "
      "organise, organiser, organization, declutter, productive, productivity, streamlined, seamless, responsive controls, "
      "perform, effortless, breathable, supportive, maneuverable, capable, advanced, innovative, technology, high tech, "
      "technical, workhorse, optimized, labor saving",
      "function, functional, practical, utility, utilitarian, purposeful, multipurpose, multi purpose, multifunction, "
      "multifunctional, multi functional, all purpose, all in one, easy to use, ease of use, user friendly, simple to use, "
      "intuitive, efficient, efficiency, effective, effectiveness, performance, high performance, works well, works great, "
      "works perfectly, does the job, gets the job done, do the job, problem solving, solves the problem, solve, "
      "time saving, save time, saves time, space saving, save space, saves space, problem solver, versatile use, "
      "practical design"}},
    {Motivation::kAesthetic,
     {"color, colour, shade, tone, hue, pattern, print, printed, texture, textured, shape, silhouette, finish, matte, "
      "glossy, shiny, shine, gloss, metallic, gold, golden, silver, rose gold, pearl, crystal, gem, gemstone, floral, "
      "flower, lace, embroidery, embroidered, velvet, satin, silk, marble, glass, accent, detail, detailing, trim, theme, "
      "bold, bright, pastel, neutral, monochrome, colorful, colourful, lamp, frame, wall, room, home, interior, furnishing, "
      "furniture, wardrobe, outfit, clothing, apparel, dress, jewelry, jewellery, necklace, bracelet, earring, ring, makeup, "
      "lipstick, nail, hair, visible, visual, presentation, display, photo, painting, poster, craft, draw, curve, contour, "
      "tailored, flattering, slimming, geometric, abstract, layered, symmetrical, lighting, ambient, glow, sparkle, glitter, "
      "retro, classic, nordic, boho, bohemian, industrial style, farmhouse, ceramic, canvas, look, looking",
      "design, designer, designed, decor, decorate, decoration, decorative, ornament, ornamental, ornate, style, styling, "
      "looks great, looks good, appearance, fashion, trend, trendy, on trend, chic, sleek, modern, modern look, "
      "contemporary, minimal, minimalist, minimalism, vintage, vintage style, art, artistic, artist, art deco, artful, "
      "artwork, cute, pretty, handsome, sophisticated, refined, glamorous, glamour, glam, vibrant, vivid, radiant, dazzling, "
      "shimmer, shimmering, luminous, polished look, tasteful, timeless, graceful, delicate, dainty, charming look, "
      "picturesque, scenic, harmonious, harmony, eye candy, color scheme, color palette, palette, interior design, "
      "home decor, wall art, statement piece, statement, cosmetic, beautify, adorn, adornment, embellish, embellished, "
      "motif, craftsmanship look, photogenic, runway, couture, well designed, curated, ornamented, colorway, colour scheme",
      "aesthetic, aesthetics, beautiful, beauty, gorgeous, stunning, elegant, elegance, stylish, attractive, lovely, "
      "fashionable, eye catching, visually appealing, visual appeal, good looking, great looking, nice looking, beautifully, "
      "exquisite, breathtaking, striking, picture perfect, beautiful design, elegant design, stylish design, sleek design, "
      "looks beautiful, looks stunning, looks amazing, aesthetically pleasing, visually striking, style conscious"}},
    {Motivation::kPriceValue,
     {"price, pricing, cost, money, dollar, pay, buck, bucks, pack, packs, bulk, bundle, set of, pack of, multipack, "
      "multi pack, refill, pieces, free shipping, basic, basics, entry level, starter, starter kit, generic, store brand, "
      "reasonable, bonus, comparison, sale, save, saver, spend, spending, student, small budget, twin pack, combo, "
      "family size, family pack, large pack, jumbo, no frills, alternative, dupe, clearance, outlet, warehouse, wholesale, "
      "promotion, promo, coupon, voucher, rebate, cashback, reward, trade in, refurbished, second hand, secondhand, "
      "pre owned, resale, thrift, thrifty, installment, finance, subscription, membership, stock up, sensible, no nonsense, "
      "cheapest, cost per",
      "savings, saving, value, valuable, deal, deals, discount, discounted, on sale, bargain price, low price, low priced, "
      "low cost, lower price, best price, good price, great price, fair price, fairly priced, reasonable price, "
      "reasonably priced, well priced, competitive price, competitively priced, price point, price tag, half price, "
      "half the price, fraction of the price, fraction of the cost, budget, economy, economic, frugal, value pack, "
      "economy pack, economy size, value size, bulk buy, bulk pack, save money, saves money, saving money, cheap, cheaper, "
      "cheaply, inexpensive, markdown, price cut, without overspending, wallet, penny, pennies, penny pinching, "
      "dollar stretching, stretch your dollar, more for less, pay less, costs less, cost less, smart buy, best buy, steal, "
      "worth, worthwhile, worth it, worth buying, buy one get one, bogo, two for one, cost conscious, price conscious, "
      "cost saving, cost savings, affordable alternative, entry price, everyday low, unbeatable, price match, lower cost",
      "affordable, affordability, bargain, value for money, good value, great value, excellent value, best value, "
      "worth the money, worth the price, worth every penny, bang for the buck, bang for your buck, budget friendly, "
      "budget conscious, economical, cost effective, cost efficient, money saving, wallet friendly, easy on the wallet, "
      "low budget, on a budget, tight budget, great deal, good deal, best deal, priced right, unbeatable price, "
      "affordable price, affordably priced, thrifty choice, pocket friendly, penny wise, saves you money, value priced, "
      "price performance, cheap price, incredible value, exceptional value, more value, real value"}},
    {Motivation::kQualityDurability,
     {"metal, wood, wooden, oak, hardwood, leather, genuine, alloy, aluminum, aluminium, titanium, carbon, brass, copper, "
      "iron, ceramic coated, cotton, denim, nylon, polyester, thick, thickened, dense, heavy, strong, strength, tough, firm, "
      "stable, stability, secure, material, materials, fabric, construction, constructed, build, built, made, manufacture, "
      "manufactured, finish, coating, coated, rust, scratch, tear, wear, seam, seams, double layer, weight, solid wood, "
      "stainless, steel, stitch, guaranteed, guarantee, certified, tested, trusted, professional, professional use, pro, "
      "grade, standard, expert, master, original, authentic, brand, established, proven, german, swiss, japanese, "
      "engineered, engineering, technology proven, dependable service, upkeep, maintain, low maintenance, maintenance, "
      "repair, replaceable, decade, long term, long lived, permanent, weather, load, heavy load, impact, shock, for years, "
      "for decades, many years, years of use, year after year",
      "quality, durable material, sturdy, robust, solid, rugged, reinforced, reliable, reliability, dependable, warranty, "
      "lifetime, lifetime warranty, lifetime guarantee, year warranty, limited warranty, stainless steel, high grade, "
      "top grade, military grade, commercial grade, industrial, industrial strength, professional grade, full grain leather, "
      "genuine leather, solid construction, strong construction, sturdy construction, heavy gauge, double stitched, "
      "stitching, hand crafted, handcrafted, craftsmanship, craftsman, crafted, workmanship, artisan, artisanal, "
      "finely made, fine, premium, luxury, luxurious, deluxe, superb, superior, excellent, excellence, exceptional, "
      "outstanding, flawless, impeccable, meticulous, meticulously, careful finish, shockproof, shatterproof, "
      "scratch resistant, rustproof, rust resistant, tear resistant, wear resistant, stain resistant, fade resistant, "
      "weather resistant, abrasion resistant, crush proof, resilient, resilience, unbreakable, bulletproof, withstand, "
      "withstands, endure, enduring, endurance, hold up, holds up, stand the test, sturdily, tried and tested, time tested, "
      "well constructed, high end, top notch, first class, world class, best in class, hard wearing, hardwearing, "
      "lasts long, lasts longer, last longer, everlasting, lasting quality",
      "durable, durability, long lasting, longlasting, high quality, top quality, premium quality, superior quality, "
      "excellent quality, great quality, good quality, quality material, quality materials, premium material, "
      "quality construction, build quality, well made, well built, built to last, made to last, lasts for years, "
      "last for years, last a lifetime, lasts a lifetime, heavy duty, hard wearing fabric, stands the test of time, "
      "stand the test of time, test of time, solidly built, sturdy build, durable construction, quality craftsmanship, "
      "longevity, lifespan, long life, extra durable, indestructible, wears well, quality made, quality assurance"}},
    {Motivation::kSustainabilityEthics,
     {"nature, natural, plant, leaf, tree, forest, earth, planet, ocean, wildlife, animal, climate, future, footprint, "
      "clean, pure, raw, hemp, jute, linen, wool, cork, rattan, seaweed, soy, beeswax, wax, wood fiber, paper, cardboard, "
      "glass bottle, local, locally, community, village, farm, farmer, harvest, origin, transparency, transparent, "
      "traceable, trace, responsible, conscious, mindful, conscience, justice, worker, workers, labor, labour, supply chain, "
      "donate, donation, charity, charitable, nonprofit, proceeds, give back, gives back, women owned, minority owned, "
      "family farm, small batch, handmade, artisan made, repairable, refillable, reuse, second life, pre loved, waste, "
      "plastic, packaging, minimal packaging, energy, solar, led, power saving, water saving, electric vehicle, "
      "certification, standard certified, activist, stewardship, steward, wildlife friendly, seasonal produce, human rights, "
      "fair labor",
      "green, organic, organically, bamboo, recycle, recyclable, recycled, reclaimed, repurposed, salvaged, upcycle, "
      "upcycled, upcycling, reusable, renewable, compost, compostable, biodegradable, plant based, plantbased, vegetarian, "
      "environment, environmental, environmentally, ecological, ecologically, ecology, ecosystem, eco, conserve, "
      "conservation, preserve nature, carbon, emission, emissions, greenhouse, low impact, low waste, less waste, "
      "energy efficient, energy saving, energy star, solar powered, plastic free, microplastic, pollution, non polluting, "
      "deforestation, rainforest, fsc, fsc certified, usda organic, certified organic, gots, b corp, locally sourced, "
      "local sourced, locally made, ethical sourcing, responsibly sourced, responsibly made, responsibly, natural materials, "
      "organic cotton, recycled plastic, recycled materials, recycled material, recycled polyester, post consumer, "
      "free range, grass fed, cage free, wild caught, social responsibility, corporate responsibility, humane, "
      "animal welfare, not tested on animals, slow fashion, regenerative, biobased, bio based, offset, circular, "
      "circular economy, natural fiber, chemical free farming, forest friendly, bee friendly, reef safe, dolphin safe, "
      "sweatshop free, child labor, living wage, fair wage, fair wages",
      "sustainable, sustainability, sustainably, ethical, ethics, ethically, ethically made, ethically sourced, "
      "sustainably sourced, eco friendly, ecofriendly, eco conscious, environmentally friendly, environmentally conscious, "
      "earth friendly, planet friendly, environment friendly, green living, zero waste, carbon neutral, carbon footprint, "
      "climate neutral, climate friendly, fair trade, fairtrade, cruelty free, vegan, vegan friendly, good for the planet, "
      "save the planet, better for the planet, protect the planet, protect the environment, climate change, net zero"}},
    {Motivation::kEmotionalHedonic,
     {"comfort, comfortable, soft, warm, warmth, smooth, sweet, rich, taste, tasty, flavor, flavour, flavorful, aroma, "
      "scent, scented, fragrance, fragrant, perfume, candle, chocolate, coffee, tea, wine, snack, dessert, music, song, "
      "sound, movie, story, stories, book, novel, game, gaming, gamer, toy, hobby, play, playful, plush, puzzle, trip, "
      "vacation, holiday, weekend, evening, cozy blanket, blanket, pillow, bath, massage, lounge, couch, sofa, calm, quiet, "
      "peace, rest, nostalgia, childhood, memory, memories, dream, wish, experience, surprise, favorite, favourite, special, "
      "feel, feeling, emotion, emotional, sensation, sense, sensory, soul, heart, spirit, spirited, fresh, freedom, wild, "
      "escape, getaway, night in, romance, romantic, comedy, funny, humor, humour, hilarious, cinematic, immersive, "
      "creative, creativity, imagination, inspire, inspired, inspiring, inspiration, curiosity, discover, explore",
      "enjoy, enjoyable, fun, entertain, entertaining, entertainment, amuse, amusing, amusement, happy, happiness, cheerful, "
      "cheer, smile, smiling, laugh, laughter, love, loved, loving, relax, relaxing, relaxed, relaxation, unwind, soothe, "
      "soothing, calming, peaceful, tranquil, tranquility, serene, serenity, cozy, cosy, snug, cuddly, cuddle, comforting, "
      "pamper, pampering, spoil yourself, treat, treat yourself, self care, me time, leisure, recreation, recreational, "
      "guilty pleasure, satisfy, satisfying, satisfaction, gratify, gratification, delicious, yummy, mouthwatering, "
      "decadent, decadence, sensual, sensuous, seductive, velvety, dreamy, magical, magic, enchanting, enchanted, charming, "
      "wonder, wonderful, whimsical, whimsy, exciting, excitement, excited, thrill, thrilling, thriller, adventure, "
      "adventurous, exhilarating, passion, passionate, amazing, fantastic, awesome, nostalgic, sentimental, heartwarming, "
      "uplifting, mood, mood boosting, good mood, feel good, feels good, feels great, feels amazing, stress relief, "
      "stress relieving, luxuriate, escapism, captivating, gripping, page turner, fascinating, mesmerizing, joyous, "
      "euphoric, bliss, ambience, atmosphere, silky feel, soft touch, brings back memories, zest, zestful, merry, refreshing",
      "joy, joyful, pleasure, pleasurable, pleasant, delight, delightful, delighted, indulge, indulgent, indulgence, "
      "hedonic, hedonistic, fun filled, lots of fun, pure joy, pure pleasure, sheer pleasure, pure enjoyment, enjoyment, "
      "blissful, brings joy, spark joy, sparks joy, makes you smile, makes me smile, makes me happy, makes you happy, "
      "guilt free pleasure, pleasure of, love it, self indulgence, treat for yourself, heavenly, irresistible, euphoria, "
      "thrills"}},
    {Motivation::kSocialGift,
     {"friendly, host, hostess, guest, visitor, neighbor, neighbour, team, club, class, school, group, crowd, people, kids, "
      "children, child, baby, mom, mother, dad, father, parent, parents, grandma, grandpa, grandparent, grandmother, "
      "grandfather, sister, brother, sibling, daughter, son, niece, nephew, aunt, uncle, husband, wife, boyfriend, "
      "girlfriend, couple, couples, colleague, coworker, boss, teacher, bride, groom, toddler, boys, girls, lovers, fan, "
      "fans, card, ribbon, bow, wrap, wrapping, wrapped, package, elegant box, keepsake box, personalized, personalised, "
      "personalize, custom, monogram, monogrammed, engraved, engraving, message, greeting, tradition, traditional, picnic, "
      "barbecue, bbq, dinner, potluck, tailgate, playdate, multiplayer, two player, conversation, talk, chat, meet, share, "
      "exclusive, limited edition, collector, prestige, prestigious, status, brand name, logo, popular, popularity, famous, "
      "celebrity, influencer, viral, trending, recommended, everyone, identity, belonging, together, noticed, seasonal, "
      "costume",
      "family, families, friend, friends, friendship, social, socialize, sociable, society, loved one, loved ones, party, "
      "parties, partygoer, celebrate, celebration, celebratory, festive, festivity, festival, holiday season, christmas, "
      "xmas, hanukkah, easter, halloween, thanksgiving, valentine, valentines, anniversary, birthday, wedding, bridal, "
      "bachelorette, baby shower, bridal shower, graduation, graduate, housewarming, mothers day, mother day, fathers day, "
      "father day, valentine day, new year, reunion, gathering, get together, gatherings, occasion, special occasion, "
      "every occasion, entertaining guests, hosting, dinner party, game night, family night, movie night with friends, "
      "family game, party game, board game, icebreaker, conversation starter, compliment, compliments, impress, impressive, "
      "admire, admired, envy, recipient, gift box, gift bag, gift card, gift wrapped, gift set, souvenir, keepsake, memento, "
      "heirloom, thoughtful, surprise someone, someone special, thank you, appreciation, gratitude, community, "
      "companionship, bonding, quality time, sharing, shareable, matching set, matching outfits, group activity, teamwork, "
      "status symbol, stand out, turn heads, make an impression, good impression, word of mouth, peer, peers, hospitality, "
      "togetherness",
      "gift, gifts, gifting, giftable, gift idea, great gift, perfect gift, ideal gift, wonderful gift, lovely gift, "
      "nice gift, thoughtful gift, unique gift, birthday gift, christmas gift, wedding gift, holiday gift, anniversary gift, "
      "housewarming gift, makes a great gift, gift for, gift giving, as a gift, gift ready, gift worthy, stocking stuffer, "
      "party favor, party favors, present for, birthday present, christmas present, for friends, for friends and family, "
      "friends and family, family and friends, for loved ones, for him, for her, get compliments, social gathering, "
      "social gatherings, social occasion, bring people together, brings people together"}},
    {Motivation::kHealthSafety,
     {"clean, fresh, mild, gentle, pure, natural, free from, herbal, herb, mineral, nutrient, nutrients, fiber, calorie, "
      "calories, sugar, fat, sodium, salt, gluten, dairy, lactose, sugary, hydration, hydrate, hydrating, moisturize, "
      "moisturizing, sleep, posture, skin, body, muscle, joint, joints, bone, heart, heart rate, blood, brain, eye, eyes, "
      "teeth, tooth, gum, lung, gut, digestion, exercise, gym, yoga, sport, sports, athlete, athletic, running, active, "
      "activity, energy, vitality, train, training, weight loss, diet, balance, balanced, care, caring, baby, child, "
      "elderly, senior, family safe, helmet, lock, alarm, guard, gate, cover, filter, filtration, purify, purified, mask, "
      "glove, gloves, bandage, thermometer, monitor, detector, sensor alert, alert, emergency, fire, smoke, flame, burn, "
      "heat resistant, night light, visible at night, reflective, padded, padding, support, cushioning, sunscreen, sun, "
      "shade, warning, hazard, danger, dangerous, secure, stability, breathable, doctor, clinic, clinical, lab, scientist, "
      "ingredients, formula",
      "wellness, wellbeing, well being, fitness, workout, nutritious, nutrition, nutritional, vitamin, vitamins, supplement, "
      "supplements, probiotic, protein, antioxidant, omega, superfood, immune, immunity, immune system, detox, low sugar, "
      "low fat, low sodium, low calorie, no sugar, sugar free, gluten free, dairy free, lactose free, nut free, fat free, "
      "caffeine free, additive free, preservative free, no preservatives, no additives, no artificial, allergen, "
      "allergen free, allergy, allergies, hypoallergenic, anti allergy, sensitive, sensitive skin, dermatologist, "
      "dermatologically tested, pediatrician, medical, medicine, medicinal, therapeutic, therapy, remedy, heal, healing, "
      "recover, recovery, relief, pain, pain relief, ache, soreness, orthopedic, lumbar, back support, antibacterial, "
      "anti bacterial, antimicrobial, antiviral, germ, germs, bacteria, virus, sanitize, sanitizer, disinfect, disinfectant, "
      "sterile, sterilize, hygiene, hygienic, toxin, toxins, chemical free, chemicals, paraben, paraben free, sulfate free, "
      "phthalate, bpa, lead free, latex free, fragrance free, alcohol free, aluminum free, food grade, fda, fda approved, "
      "uv protection, sun protection, spf, protect, protective, protection, prevent, prevention, injury, injuries, accident, "
      "accidents, anti slip, non slip, slip resistant, nonslip, skid, anti skid, fire resistant, flame retardant, fireproof, "
      "childproof, child proof, tamper proof, shatter resistant, first aid, safeguard, secure fit, overheat, "
      "overheating protection, auto shut off, automatic shut off, low emf, blue light, mental health, stress free, cardio, "
      "ergonomic support, fatigue, clean label, air purifier, water filter",
      "health, healthy, healthier, healthful, healthily, health conscious, health benefits, safe, safer, safely, safety, "
      "safety first, safe for kids, safe for children, kid safe, child safe, baby safe, pet safe, food safe, skin safe, "
      "non toxic, nontoxic, toxin free, bpa free, gentle on skin, gentle on the skin, kind to skin, good for you, "
      "good for your health, healthy living, healthy lifestyle, peace of mind, doctor recommended, dermatologist tested, "
      "dermatologist recommended, clinically tested, clinically proven, safety tested, safety certified, injury prevention, "
      "child safety, home safety, family safety, harmless, risk free"}},
}};

}  // namespace

std::span<const LexiconSource> lexicon_sources() { return kSources; }

}  // namespace motive::llm
