/**
 * The classes of ILSVRC2012 in the order of their wnids, as a network's outputs are numbered.
 *
 * Made by classList.py. Names and superclasses are WordNet 3.0's, whose licence follows.
 *
 * WordNet Release 3.0
 *
 * This software and database is being provided to you, the LICENSEE, by
 * Princeton University under the following license.  By obtaining, using
 * and/or copying this software and database, you agree that you have
 * read, understood, and will comply with these terms and conditions.:
 *
 * Permission to use, copy, modify and distribute this software and
 * database and its documentation for any purpose and without fee or
 * royalty is hereby granted, provided that you agree to comply with
 * the following copyright notice and statements, including the disclaimer,
 * and that the same appear on ALL copies of the software, database and
 * documentation, including modifications that you make for internal
 * use or for distribution.
 *
 * WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved.
 *
 * THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS" AND PRINCETON
 * UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR
 * IMPLIED.  BY WAY OF EXAMPLE, BUT NOT LIMITATION, PRINCETON
 * UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES OF MERCHANT-
 * ABILITY OR FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE
 * OF THE LICENSED SOFTWARE, DATABASE OR DOCUMENTATION WILL NOT
 * INFRINGE ANY THIRD PARTY PATENTS, COPYRIGHTS, TRADEMARKS OR
 * OTHER RIGHTS.
 *
 * The name of Princeton University or Princeton may not be used in
 * advertising or publicity pertaining to distribution of the software
 * and/or database.  Title to copyright in this software, database and
 * any associated documentation shall at all times remain with
 * Princeton University and LICENSEE agrees to preserve same.
 */

/** A line a superclass: wnid, name, and after < the superclass that it is of. */
export const SUPERCLASS_LINES = `\
n02084071 dog < canine
n02121620 cat < carnivore
n02127808 big cat < carnivore
n02083346 canine < carnivore
n02131653 bear < carnivore
n02075296 carnivore < mammal
n02469914 primate < mammal
n02329401 rodent < mammal
n02370806 ungulate < mammal
n01861778 mammal
n01503061 bird
n01726692 snake < reptile
n01674464 lizard < reptile
n01662784 turtle < reptile
n01661091 reptile
n01627424 amphibian
n02512053 fish
n02159955 insect < invertebrate
n01769347 arachnid < invertebrate
n01974773 crustacean < invertebrate
n01940736 mollusk < invertebrate
n01905661 invertebrate
n12992868 fungus
n11669921 flower
n07707451 vegetable
n13134947 fruit
n07881800 beverage < food
n07679356 bread < food
n07557434 dish < food
n00021265 food
n04490091 truck < vehicle
n02958343 car < vehicle
n02686568 aircraft < vehicle
n04530566 watercraft < vehicle
n04019101 public transport < artifact
n04524313 vehicle < artifact
n03800933 musical instrument < device
n03405725 furniture < artifact
n04565375 weapon < instrument
n04437953 timepiece < instrument
n03082979 computer < machine
n03278248 electronic equipment < equipment
n02729837 appliance < artifact
n03414162 game equipment < equipment
n03294048 equipment < artifact
n03380867 footwear < covering
n03051540 clothing < covering
n02773037 bag < container
n02876657 bottle < container
n03101986 cooking utensil < implement
n03094503 container < artifact
n02913152 building < structure
n04202417 shop < structure
n02796623 barrier < structure
n04341686 structure < artifact
n04451818 tool < implement
n03563967 implement < artifact
n04081844 restraint < device
n03574816 instrument < device
n03738472 mechanism < device
n03699975 machine < device
n03183080 device < artifact
n02739668 armor < covering
n03122748 covering < artifact
n03309808 fabric < artifact
n04447443 toiletry < artifact
n09287968 geological formation
n00007846 person
n00021939 artifact
n00002137 abstraction
`

/** A line a class: wnid, number in the development kit (ILSVRC2012_ID), superclass and, after a colon, name. */
export const CLASS_LINES = `\
n01440764 449 fish: tench
n01443537 450 fish: goldfish
n01484850 442 fish: great white shark
n01491361 443 fish: tiger shark
n01494475 444 fish: hammerhead
n01496331 445 fish: electric ray
n01498041 446 fish: stingray
n01514668 383 bird: cock
n01514859 384 bird: hen
n01518878 385 bird: ostrich
n01530575 386 bird: brambling
n01531178 387 bird: goldfinch
n01532829 388 bird: house finch
n01534433 389 bird: junco
n01537544 390 bird: indigo bunting
n01558993 391 bird: robin
n01560419 392 bird: bulbul
n01580077 393 bird: jay
n01582220 394 bird: magpie
n01592084 395 bird: chickadee
n01601694 396 bird: water ouzel
n01608432 397 bird: kite
n01614925 398 bird: bald eagle
n01616318 399 bird: vulture
n01622779 400 bird: great grey owl
n01629819 494 amphibian: European fire salamander
n01630670 495 amphibian: common newt
n01631663 496 amphibian: eft
n01632458 497 amphibian: spotted salamander
n01632777 498 amphibian: axolotl
n01641577 499 amphibian: bullfrog
n01644373 500 amphibian: tree frog
n01644900 501 amphibian: tailed frog
n01664065 458 turtle: loggerhead
n01665541 459 turtle: leatherback turtle
n01667114 460 turtle: mud turtle
n01667778 461 turtle: terrapin
n01669191 462 turtle: box turtle
n01675722 463 lizard: banded gecko
n01677366 464 lizard: common iguana
n01682714 465 lizard: American chameleon
n01685808 466 lizard: whiptail
n01687978 467 lizard: agama
n01688243 468 lizard: frilled lizard
n01689811 469 lizard: alligator lizard
n01692333 470 lizard: Gila monster
n01693334 471 lizard: green lizard
n01694178 472 lizard: African chameleon
n01695060 473 lizard: Komodo dragon
n01697457 475 reptile: African crocodile
n01698640 476 reptile: American alligator
n01704323 474 reptile: triceratops
n01728572 477 snake: thunder snake
n01728920 478 snake: ringneck snake
n01729322 479 snake: hognose snake
n01729977 480 snake: green snake
n01734418 481 snake: king snake
n01735189 482 snake: garter snake
n01737021 483 snake: water snake
n01739381 484 snake: vine snake
n01740131 485 snake: night snake
n01742172 486 snake: boa constrictor
n01744401 487 snake: rock python
n01748264 488 snake: Indian cobra
n01749939 489 snake: green mamba
n01751748 490 snake: sea snake
n01753488 491 snake: horned viper
n01755581 492 snake: diamondback
n01756291 493 snake: sidewinder
n01768244 601 invertebrate: trilobite
n01770081 602 arachnid: harvestman
n01770393 603 arachnid: scorpion
n01773157 604 arachnid: black and gold garden spider
n01773549 605 arachnid: barn spider
n01773797 606 arachnid: garden spider
n01774384 607 arachnid: black widow
n01774750 608 arachnid: tarantula
n01775062 609 arachnid: wolf spider
n01776313 610 arachnid: tick
n01784675 611 invertebrate: centipede
n01795545 401 bird: black grouse
n01796340 402 bird: ptarmigan
n01797886 403 bird: ruffed grouse
n01798484 404 bird: prairie chicken
n01806143 405 bird: peacock
n01806567 406 bird: quail
n01807496 407 bird: partridge
n01817953 408 bird: African grey
n01818515 409 bird: macaw
n01819313 410 bird: sulphur-crested cockatoo
n01820546 411 bird: lorikeet
n01824575 412 bird: coucal
n01828970 413 bird: bee eater
n01829413 414 bird: hornbill
n01833805 415 bird: hummingbird
n01843065 416 bird: jacamar
n01843383 417 bird: toucan
n01847000 418 bird: drake
n01855032 419 bird: red-breasted merganser
n01855672 420 bird: goose
n01860187 421 bird: black swan
n01871265 214 mammal: tusker
n01872401 215 mammal: echidna
n01873310 217 mammal: platypus
n01877812 216 mammal: wallaby
n01882714 213 mammal: koala
n01883070 218 mammal: wombat
n01910747 647 invertebrate: jellyfish
n01914609 648 invertebrate: sea anemone
n01917289 649 invertebrate: brain coral
n01924916 650 invertebrate: flatworm
n01930112 651 invertebrate: nematode
n01943899 652 mollusk: conch
n01944390 653 mollusk: snail
n01945685 654 mollusk: slug
n01950731 655 mollusk: sea slug
n01955084 656 mollusk: chiton
n01968897 226 mollusk: chambered nautilus
n01978287 613 crustacean: Dungeness crab
n01978455 614 crustacean: rock crab
n01980166 615 crustacean: fiddler crab
n01981276 616 crustacean: king crab
n01983481 617 crustacean: American lobster
n01984695 618 crustacean: spiny lobster
n01985128 619 crustacean: crayfish
n01986214 620 crustacean: hermit crab
n01990800 612 crustacean: isopod
n02002556 422 bird: white stork
n02002724 423 bird: black stork
n02006656 424 bird: spoonbill
n02007558 425 bird: flamingo
n02009229 427 bird: little blue heron
n02009912 426 bird: American egret
n02011460 428 bird: bittern
n02012849 429 bird: crane
n02013706 430 bird: limpkin
n02017213 438 bird: European gallinule
n02018207 431 bird: American coot
n02018795 432 bird: bustard
n02025239 433 bird: ruddy turnstone
n02027492 434 bird: red-backed sandpiper
n02028035 435 bird: redshank
n02033041 436 bird: dowitcher
n02037110 437 bird: oystercatcher
n02051845 439 bird: pelican
n02056570 440 bird: king penguin
n02058221 441 bird: albatross
n02066245 6 mammal: grey whale
n02071294 22 mammal: killer whale
n02074367 193 mammal: dugong
n02077923 14 mammal: sea lion
n02085620 173 dog: Chihuahua
n02085782 99 dog: Japanese spaniel
n02085936 87 dog: Maltese dog
n02086079 69 dog: Pekinese
n02086240 116 dog: Shih-Tzu
n02086646 198 dog: Blenheim spaniel
n02086910 43 dog: papillon
n02087046 89 dog: toy terrier
n02087394 200 dog: Rhodesian ridgeback
n02088094 98 dog: Afghan hound
n02088238 161 dog: basset
n02088364 132 dog: beagle
n02088466 32 dog: bloodhound
n02088632 180 dog: bluetick
n02089078 42 dog: black-and-tan coonhound
n02089867 18 dog: Walker hound
n02089973 207 dog: English foxhound
n02090379 181 dog: redbone
n02090622 105 dog: borzoi
n02090721 77 dog: Irish wolfhound
n02091032 189 dog: Italian greyhound
n02091134 20 dog: whippet
n02091244 204 dog: Ibizan hound
n02091467 63 dog: Norwegian elkhound
n02091635 31 dog: otterhound
n02091831 66 dog: Saluki
n02092002 21 dog: Scottish deerhound
n02092339 25 dog: Weimaraner
n02093256 45 dog: Staffordshire bullterrier
n02093428 170 dog: American Staffordshire terrier
n02093647 119 dog: Bedlington terrier
n02093754 210 dog: Border terrier
n02093859 107 dog: Kerry blue terrier
n02093991 126 dog: Irish terrier
n02094114 88 dog: Norfolk terrier
n02094258 145 dog: Norwich terrier
n02094433 59 dog: Yorkshire terrier
n02095314 160 dog: wire-haired fox terrier
n02095570 152 dog: Lakeland terrier
n02095889 72 dog: Sealyham terrier
n02096051 33 dog: Airedale
n02096177 91 dog: cairn
n02096294 4 dog: Australian terrier
n02096437 27 dog: Dandie Dinmont
n02096585 113 dog: Boston bull
n02097047 123 dog: miniature schnauzer
n02097130 36 dog: giant schnauzer
n02097209 156 dog: standard schnauzer
n02097298 109 dog: Scotch terrier
n02097474 158 dog: Tibetan terrier
n02097658 131 dog: silky terrier
n02098105 26 dog: soft-coated wheaten terrier
n02098286 71 dog: West Highland white terrier
n02098413 56 dog: Lhasa
n02099267 146 dog: flat-coated retriever
n02099429 144 dog: curly-coated retriever
n02099601 125 dog: golden retriever
n02099712 176 dog: Labrador retriever
n02099849 139 dog: Chesapeake Bay retriever
n02100236 134 dog: German short-haired pointer
n02100583 90 dog: vizsla
n02100735 2 dog: English setter
n02100877 192 dog: Irish setter
n02101006 154 dog: Gordon setter
n02101388 150 dog: Brittany spaniel
n02101556 94 dog: clumber
n02102040 5 dog: English springer
n02102177 19 dog: Welsh springer spaniel
n02102318 191 dog: cocker spaniel
n02102480 196 dog: Sussex spaniel
n02102973 117 dog: Irish water spaniel
n02104029 141 dog: kuvasz
n02104365 68 dog: schipperke
n02105056 93 dog: groenendael
n02105162 51 dog: malinois
n02105251 208 dog: briard
n02105412 184 dog: kelpie
n02105505 97 dog: komondor
n02105641 29 dog: Old English sheepdog
n02105855 171 dog: Shetland sheepdog
n02106030 124 dog: collie
n02106166 128 dog: Border collie
n02106382 47 dog: Bouvier des Flandres
n02106550 64 dog: Rottweiler
n02106662 211 dog: German shepherd
n02107142 112 dog: Doberman
n02107312 187 dog: miniature pinscher
n02107574 114 dog: Greater Swiss Mountain dog
n02107683 86 dog: Bernese mountain dog
n02107908 115 dog: Appenzeller
n02108000 79 dog: EntleBucher
n02108089 130 dog: boxer
n02108422 140 dog: bull mastiff
n02108551 110 dog: Tibetan mastiff
n02108915 82 dog: French bulldog
n02109047 17 dog: Great Dane
n02109525 177 dog: Saint Bernard
n02109961 149 dog: Eskimo dog
n02110063 15 dog: malamute
n02110185 3 dog: Siberian husky
n02110341 41 dog: dalmatian
n02110627 127 dog: affenpinscher
n02110806 84 dog: basenji
n02110958 143 dog: pug
n02111129 133 dog: Leonberg
n02111277 60 dog: Newfoundland
n02111500 172 dog: Great Pyrenees
n02111889 179 dog: Samoyed
n02112018 118 dog: Pomeranian
n02112137 168 dog: chow
n02112350 148 dog: keeshond
n02112706 70 dog: Brabancon griffon
n02113023 197 dog: Pembroke
n02113186 50 dog: Cardigan
n02113624 106 dog: toy poodle
n02113712 49 dog: miniature poodle
n02113799 151 dog: standard poodle
n02113978 46 dog: Mexican hairless
n02114367 205 canine: timber wolf
n02114548 102 canine: white wolf
n02114712 28 canine: red wolf
n02114855 58 canine: coyote
n02115641 155 canine: dingo
n02115913 136 canine: dhole
n02116738 202 canine: African hunting dog
n02117135 34 canine: hyena
n02119022 62 canine: red fox
n02119789 1 canine: kit fox
n02120079 159 canine: Arctic fox
n02120505 67 canine: grey fox
n02123045 174 cat: tabby
n02123159 55 cat: tiger cat
n02123394 10 cat: Persian cat
n02123597 95 cat: Siamese cat
n02124075 8 cat: Egyptian cat
n02125311 11 cat: cougar
n02127052 201 cat: lynx
n02128385 85 big cat: leopard
n02128757 153 big cat: snow leopard
n02128925 30 big cat: jaguar
n02129165 190 big cat: lion
n02129604 76 big cat: tiger
n02130308 206 big cat: cheetah
n02132136 61 bear: brown bear
n02133161 163 bear: American black bear
n02134084 103 bear: ice bear
n02134418 209 bear: sloth bear
n02137549 74 carnivore: mongoose
n02138441 35 carnivore: meerkat
n02165105 621 insect: tiger beetle
n02165456 622 insect: ladybug
n02167151 623 insect: ground beetle
n02168699 624 insect: long-horned beetle
n02169497 625 insect: leaf beetle
n02172182 626 insect: dung beetle
n02174001 627 insect: rhinoceros beetle
n02177972 628 insect: weevil
n02190166 629 insect: fly
n02206856 630 insect: bee
n02219486 224 insect: ant
n02226429 631 insect: grasshopper
n02229544 632 insect: cricket
n02231487 633 insect: walking stick
n02233338 634 insect: cockroach
n02236044 635 insect: mantis
n02256656 636 insect: cicada
n02259212 637 insect: leafhopper
n02264363 638 insect: lacewing
n02268443 639 insect: dragonfly
n02268853 640 insect: damselfly
n02276258 641 insect: admiral
n02277742 642 insect: ringlet
n02279972 643 insect: monarch
n02280649 644 insect: cabbage butterfly
n02281406 645 insect: sulphur butterfly
n02281787 646 insect: lycaenid
n02317335 225 invertebrate: starfish
n02319095 657 invertebrate: sea urchin
n02321529 658 invertebrate: sea cucumber
n02325366 188 mammal: wood rabbit
n02326432 129 mammal: hare
n02328150 164 mammal: Angora
n02342885 157 rodent: hamster
n02346627 13 rodent: porcupine
n02356798 53 rodent: fox squirrel
n02361337 183 rodent: marmot
n02363005 195 rodent: beaver
n02364673 101 rodent: guinea pig
n02389026 39 ungulate: sorrel
n02391049 80 ungulate: zebra
n02395406 147 ungulate: hog
n02396427 78 ungulate: wild boar
n02397096 120 ungulate: warthog
n02398521 167 ungulate: hippopotamus
n02403003 108 ungulate: ox
n02408429 162 ungulate: water buffalo
n02410509 165 ungulate: bison
n02412080 81 ungulate: ram
n02415577 52 ungulate: bighorn
n02417914 9 ungulate: ibex
n02422106 65 ungulate: hartebeest
n02422699 57 ungulate: impala
n02423022 12 ungulate: gazelle
n02437312 121 ungulate: Arabian camel
n02437616 186 ungulate: llama
n02441942 48 carnivore: weasel
n02442845 23 carnivore: mink
n02443114 182 carnivore: polecat
n02443484 40 carnivore: black-footed ferret
n02444819 212 carnivore: otter
n02445715 44 carnivore: skunk
n02447366 16 carnivore: badger
n02454379 178 mammal: armadillo
n02457408 38 mammal: three-toed sloth
n02480495 83 primate: orangutan
n02480855 104 primate: gorilla
n02481823 96 primate: chimpanzee
n02483362 185 primate: gibbon
n02483708 122 primate: siamang
n02484975 73 primate: guenon
n02486261 135 primate: patas
n02486410 137 primate: baboon
n02487347 138 primate: macaque
n02488291 203 primate: langur
n02488702 54 primate: colobus
n02489166 100 primate: proboscis monkey
n02490219 175 primate: marmoset
n02492035 142 primate: capuchin
n02492660 166 primate: howler monkey
n02493509 37 primate: titi
n02493793 111 primate: spider monkey
n02494079 92 primate: squirrel monkey
n02497673 199 primate: Madagascar cat
n02500267 75 primate: indri
n02504013 194 mammal: Indian elephant
n02504458 24 mammal: African elephant
n02509815 7 carnivore: lesser panda
n02510455 169 carnivore: giant panda
n02514041 447 fish: barracouta
n02526121 451 fish: eel
n02536864 448 fish: coho
n02606052 452 fish: rock beauty
n02607072 453 fish: anemone fish
n02640242 456 fish: sturgeon
n02641379 457 fish: gar
n02643566 454 fish: lionfish
n02655020 455 fish: puffer
n02666196 547 machine: abacus
n02667093 853 clothing: abaya
n02669723 896 clothing: academic gown
n02672831 223 musical instrument: accordion
n02676566 345 musical instrument: acoustic guitar
n02687172 246 watercraft: aircraft carrier
n02690373 230 aircraft: airliner
n02692877 232 aircraft: airship
n02699494 677 structure: altar
n02701002 265 car: ambulance
n02704792 264 vehicle: amphibian
n02708093 522 timepiece: analog clock
n02727426 688 building: apiary
n02730930 845 clothing: apron
n02747177 752 container: ashcan
n02749479 540 weapon: assault rifle
n02769748 847 bag: backpack
n02776631 704 shop: bakery
n02777292 767 equipment: balance beam
n02782093 233 aircraft: balloon
n02783161 907 implement: ballpoint
n02786058 967 covering: Band Aid
n02787622 341 musical instrument: banjo
n02788148 718 barrier: bannister
n02790996 916 equipment: barbell
n02791124 307 furniture: barber chair
n02791270 705 shop: barbershop
n02793495 683 building: barn
n02794156 518 instrument: barometer
n02795169 905 container: barrel
n02797295 258 vehicle: barrow
n02799071 807 game equipment: baseball
n02802426 908 game equipment: basketball
n02804414 296 furniture: bassinet
n02804610 353 musical instrument: bassoon
n02807133 785 clothing: bathing cap
n02808304 909 fabric: bath towel
n02808440 884 container: bathtub
n02814533 266 car: beach wagon
n02814860 733 structure: beacon
n02815834 991 container: beaker
n02817516 849 clothing: bearskin
n02823428 777 bottle: beer bottle
n02823750 811 container: beer glass
n02825657 933 covering: bell cote
n02834397 941 fabric: bib
n02835271 254 vehicle: bicycle-built-for-two
n02837789 985 clothing: bikini
n02840245 835 covering: binder
n02841315 533 instrument: binoculars
n02843684 839 covering: birdhouse
n02859443 689 building: boathouse
n02860847 252 vehicle: bobsled
n02865351 940 clothing: bolo tie
n02869837 805 clothing: bonnet
n02870880 300 furniture: bookcase
n02871525 706 shop: bookshop
n02877765 779 covering: bottlecap
n02879718 538 weapon: bow
n02883205 817 clothing: bow tie
n02892201 716 structure: brass
n02892767 872 clothing: brassiere
n02894605 719 barrier: breakwater
n02895154 949 covering: breastplate
n02906734 851 implement: broom
n02909870 820 container: bucket
n02910353 580 restraint: buckle
n02916936 833 clothing: bulletproof vest
n02917067 887 public transport: bullet train
n02927161 707 shop: butcher shop
n02930766 267 car: cab
n02939185 673 cooking utensil: caldron
n02948072 591 device: candle
n02950826 539 weapon: cannon
n02951358 239 watercraft: canoe
n02951585 377 tool: can opener
n02963159 836 clothing: cardigan
n02965783 576 device: car mirror
n02966193 568 mechanism: carousel
n02966687 891 equipment: carpenter's kit
n02971356 749 container: carton
n02974003 563 mechanism: car wheel
n02977058 548 machine: cash machine
n02978881 890 container: cassette
n02979186 929 electronic equipment: cassette player
n02980441 701 structure: castle
n02981792 241 watercraft: catamaran
n02988304 987 electronic equipment: CD player
n02992211 342 musical instrument: cello
n02992529 914 electronic equipment: cellular telephone
n02999410 827 artifact: chain
n03000134 721 barrier: chainlink fence
n03000247 902 armor: chain mail
n03000684 382 tool: chain saw
n03014705 762 container: chest
n03016953 303 furniture: chiffonier
n03017168 335 musical instrument: chime
n03018349 301 furniture: china cabinet
n03026506 801 clothing: Christmas stocking
n03028079 690 building: church
n03032252 695 building: cinema
n03041632 370 tool: cleaver
n03042490 713 structure: cliff dwelling
n03045698 797 covering: cloak
n03047690 979 footwear: clog
n03062245 761 container: cocktail shaker
n03063599 996 container: coffee mug
n03063689 674 cooking utensil: coffeepot
n03065424 698 structure: coil
n03075370 583 restraint: combination lock
n03085013 543 electronic equipment: computer keyboard
n03089624 708 shop: confectionery
n03095699 243 watercraft: container ship
n03100240 268 car: convertible
n03109150 376 tool: corkscrew
n03110669 347 musical instrument: cornet
n03124043 910 footwear: cowboy boot
n03124170 881 clothing: cowboy hat
n03125729 297 furniture: cradle
n03126707 545 device: crane
n03127747 778 clothing: crash helmet
n03127925 898 container: crate
n03131574 298 furniture: crib
n03133878 670 cooking utensil: Crock Pot
n03134739 756 game equipment: croquet ball
n03141823 856 implement: crutch
n03146219 865 armor: cuirass
n03160309 720 barrier: dam
n03179701 313 furniture: desk
n03180011 550 computer: desktop computer
n03187595 959 electronic equipment: dial telephone
n03188531 966 clothing: diaper
n03196217 523 timepiece: digital clock
n03197337 529 timepiece: digital watch
n03201208 315 furniture: dining table
n03207743 821 fabric: dishrag
n03207941 667 appliance: dishwasher
n03208938 579 restraint: disk brake
n03216828 715 structure: dock
n03218198 253 vehicle: dogsled
n03220513 897 covering: dome
n03223299 972 covering: doormat
n03240683 834 equipment: drilling platform
n03249569 336 musical instrument: drum
n03250847 799 implement: drumstick
n03255030 1000 equipment: dumbbell
n03259280 662 appliance: Dutch oven
n03271574 512 device: electric fan
n03272010 346 musical instrument: electric guitar
n03272562 262 vehicle: electric locomotive
n03290653 316 furniture: entertainment center
n03291819 879 container: envelope
n03297495 660 appliance: espresso maker
n03314780 808 toiletry: face powder
n03325584 796 clothing: feather boa
n03337140 305 furniture: file
n03344393 235 watercraft: fireboat
n03345487 279 truck: fire engine
n03347037 919 covering: fire screen
n03355925 995 implement: flagpole
n03372029 356 musical instrument: flute
n03376595 309 furniture: folding chair
n03379051 784 clothing: football helmet
n03384352 261 vehicle: forklift
n03388043 712 structure: fountain
n03388183 934 implement: fountain pen
n03388549 299 furniture: four-poster
n03393912 256 vehicle: freight car
n03394916 348 musical instrument: French horn
n03400231 671 cooking utensil: frying pan
n03404251 757 clothing: fur coat
n03417042 280 truck: garbage truck
n03424325 971 covering: gasmask
n03425413 567 mechanism: gas pump
n03443371 955 container: goblet
n03444034 275 vehicle: go-kart
n03445777 792 game equipment: golf ball
n03445924 276 vehicle: golfcart
n03447447 236 watercraft: gondola
n03447721 337 musical instrument: gong
n03450230 911 clothing: gown
n03452741 227 musical instrument: grand piano
n03457902 684 building: greenhouse
n03459775 725 barrier: grille
n03461385 703 structure: grocery store
n03467068 517 instrument: guillotine
n03476684 581 restraint: hair slide
n03476991 895 toiletry: hair spray
n03478589 249 vehicle: half track
n03481172 375 tool: hammer
n03482405 840 container: hamper
n03483316 505 appliance: hand blower
n03485407 551 computer: hand-held computer
n03485794 750 fabric: handkerchief
n03492542 573 device: hard disc
n03494278 350 musical instrument: harmonica
n03495258 344 musical instrument: harp
n03496892 554 machine: harvester
n03498962 369 tool: hatchet
n03527444 787 covering: holster
n03529860 696 building: home theater
n03530642 730 structure: honeycomb
n03532672 562 mechanism: hook
n03534580 802 clothing: hoopskirt
n03535780 924 equipment: horizontal bar
n03538406 293 vehicle: horse cart
n03544143 525 timepiece: hourglass
n03584254 980 electronic equipment: iPod
n03584829 659 appliance: iron
n03590841 592 device: jack-o'-lantern
n03594734 748 clothing: jean
n03594945 269 car: jeep
n03595614 961 clothing: jersey
n03598930 963 game equipment: jigsaw puzzle
n03599486 294 vehicle: jinrikisha
n03602883 560 electronic equipment: joystick
n03617480 770 clothing: kimono
n03623198 773 clothing: knee pad
n03627232 582 restraint: knot
n03630383 918 clothing: lab coat
n03633091 892 container: ladle
n03637318 814 covering: lampshade
n03642806 228 computer: laptop
n03649909 374 tool: lawn mower
n03657121 988 covering: lens cap
n03658185 371 tool: letter opener
n03661043 687 building: library
n03662601 238 watercraft: lifeboat
n03666591 546 device: lighter
n03670208 270 car: limousine
n03673027 244 watercraft: liner
n03676483 867 toiletry: lipstick
n03680355 973 footwear: Loafer
n03690938 894 toiletry: lotion
n03691459 508 device: loudspeaker
n03692522 536 instrument: loupe
n03697007 697 structure: lumbermill
n03706229 532 instrument: magnetic compass
n03709823 818 bag: mailbag
n03710193 917 container: mailbox
n03710637 782 clothing: maillot
n03710721 977 clothing: maillot
n03717622 763 covering: manhole cover
n03720891 338 musical instrument: maraca
n03721384 339 musical instrument: marimba
n03724870 781 clothing: mask
n03729826 984 implement: matchstick
n03733131 598 device: maypole
n03733281 922 artifact: maze
n03733805 946 container: measuring cup
n03742115 302 furniture: medicine chest
n03743016 717 structure: megalith
n03759954 509 device: microphone
n03761084 661 appliance: microwave
n03763968 866 clothing: military uniform
n03764736 875 container: milk can
n03769881 920 public transport: minibus
n03770439 880 clothing: miniskirt
n03770679 271 truck: minivan
n03773504 251 vehicle: missile
n03775071 871 clothing: mitten
n03775546 829 container: mixing bowl
n03776460 290 vehicle: mobile home
n03777568 272 car: Model T
n03777754 764 electronic equipment: modem
n03781244 686 building: monastery
n03782006 869 electronic equipment: monitor
n03785016 277 vehicle: moped
n03786901 824 container: mortar
n03787032 854 clothing: mortarboard
n03788195 691 building: mosque
n03788365 852 covering: mosquito net
n03791053 260 vehicle: motor scooter
n03792782 255 vehicle: mountain bike
n03792972 728 structure: mountain tent
n03793489 511 device: mouse
n03794056 599 device: mousetrap
n03796401 284 truck: moving van
n03803284 588 restraint: muzzle
n03804744 585 restraint: nail
n03814639 595 device: neck brace
n03814906 755 artifact: necklace
n03825788 915 covering: nipple
n03832673 552 computer: notebook
n03837869 699 structure: obelisk
n03838899 354 musical instrument: oboe
n03840681 351 musical instrument: ocarina
n03841143 520 instrument: odometer
n03843555 513 device: oil filter
n03854065 333 musical instrument: organ
n03857828 870 electronic equipment: oscilloscope
n03866082 937 clothing: overskirt
n03868242 295 vehicle: oxcart
n03868863 506 device: oxygen mask
n03871628 921 container: packet
n03873416 826 implement: paddle
n03874293 564 mechanism: paddlewheel
n03874599 584 restraint: padlock
n03876231 504 implement: paintbrush
n03877472 759 clothing: pajama
n03877845 685 building: palace
n03884397 352 musical instrument: panpipe
n03887697 877 fabric: paper towel
n03888257 942 equipment: parachute
n03888605 994 equipment: parallel bars
n03891251 306 furniture: park bench
n03891332 527 timepiece: parking meter
n03895866 257 vehicle: passenger car
n03899768 679 structure: patio
n03902125 843 electronic equipment: pay-phone
n03903868 732 structure: pedestal
n03908618 842 container: pencil box
n03908714 850 implement: pencil sharpener
n03916031 883 toiletry: perfume
n03920288 783 container: Petri dish
n03924679 789 equipment: photocopier
n03929660 575 device: pick
n03929855 926 covering: pickelhaube
n03930313 722 barrier: picket fence
n03930630 281 truck: pickup
n03933933 596 device: pier
n03935335 931 container: piggy bank
n03937543 901 bottle: pill bottle
n03938244 888 artifact: pillow
n03942813 841 game equipment: ping-pong ball
n03944341 565 mechanism: pinwheel
n03947888 245 watercraft: pirate
n03950228 983 container: pitcher
n03954731 372 tool: plane
n03956157 693 building: planetarium
n03958227 964 bag: plastic bag
n03961711 731 structure: plate rack
n03967562 381 tool: plow
n03970156 378 tool: plunger
n03976467 857 equipment: Polaroid camera
n03976657 923 implement: pole
n03977966 285 truck: police van
n03980874 855 clothing: poncho
n03982430 314 furniture: pool table
n03983396 788 bottle: pop bottle
n03991062 838 container: pot
n03992509 566 mechanism: potter's wheel
n03995372 373 tool: power drill
n03998194 769 covering: prayer rug
n04004767 556 electronic equipment: printer
n04005630 702 structure: prison
n04008634 542 weapon: projectile
n04009552 534 instrument: projector
n04019541 572 mechanism: puck
n04023962 846 game equipment: punching bag
n04026417 939 bag: purse
n04033901 862 implement: quill
n04033995 976 covering: quilt
n04037443 273 car: racer
n04039381 860 implement: racket
n04040759 571 mechanism: radiator
n04041544 863 artifact: radio
n04044716 537 instrument: radio telescope
n04049303 927 container: rain barrel
n04065272 286 vehicle: recreational vehicle
n04067472 570 mechanism: reel
n04069434 965 equipment: reflex camera
n04070727 668 appliance: refrigerator
n04074963 578 device: remote control
n04081281 694 building: restaurant
n04086273 219 weapon: revolver
n04090263 541 weapon: rifle
n04099969 310 furniture: rocking chair
n04111531 663 appliance: rotisserie
n04116512 997 implement: rubber eraser
n04118538 876 game equipment: rugby ball
n04118776 519 instrument: rule
n04120489 760 footwear: running shoe
n04125021 753 container: safe
n04127249 586 restraint: safety pin
n04131690 952 container: saltshaker
n04133789 751 footwear: sandal
n04136333 938 clothing: sarong
n04141076 355 musical instrument: sax
n04141327 809 covering: scabbard
n04141975 521 instrument: scale
n04146614 962 public transport: school bus
n04147183 221 watercraft: schooner
n04149813 729 structure: scoreboard
n04152593 510 device: screen
n04153751 587 restraint: screw
n04154565 379 tool: screwdriver
n04162706 589 clothing: seat belt
n04179913 559 appliance: sewing machine
n04192698 800 armor: shield
n04200800 709 shop: shoe shop
n04201297 832 covering: shoji
n04204238 950 container: shopping basket
n04204347 259 vehicle: shopping cart
n04208210 380 tool: shovel
n04209133 868 clothing: shower cap
n04209239 747 covering: shower curtain
n04228054 590 device: ski
n04229816 776 covering: ski mask
n04235860 943 bag: sleeping bag
n04238763 549 computer: slide rule
n04239074 726 barrier: sliding door
n04243546 557 machine: slot
n04251144 507 device: snorkel
n04252077 288 vehicle: snowmobile
n04252225 278 vehicle: snowplow
n04254120 960 container: soap dispenser
n04254680 222 game equipment: soccer ball
n04254777 986 clothing: sock
n04258138 577 device: solar dish
n04259630 925 clothing: sombrero
n04263257 822 container: soup bowl
n04264628 858 implement: space bar
n04265275 515 device: space heater
n04266014 234 vehicle: space shuttle
n04270147 676 cooking utensil: spatula
n04273569 237 watercraft: speedboat
n04275548 600 device: spider web
n04277352 775 implement: spindle
n04285008 274 car: sports car
n04286575 593 device: spotlight
n04296562 804 artifact: stage
n04310018 263 vehicle: steam locomotive
n04311004 680 structure: steel arch bridge
n04311174 340 musical instrument: steel drum
n04317175 530 instrument: stethoscope
n04325704 998 clothing: stole
n04326547 724 barrier: stone wall
n04328186 528 timepiece: stopwatch
n04330267 516 device: stove
n04332243 514 device: strainer
n04335435 287 vehicle: streetcar
n04336792 957 artifact: stretcher
n04344873 311 furniture: studio couch
n04346328 692 building: stupa
n04347754 247 watercraft: submarine
n04350905 794 clothing: suit
n04355338 526 timepiece: sundial
n04355933 574 device: sunglass
n04356056 535 instrument: sunglasses
n04357314 810 toiletry: sunscreen
n04366367 681 structure: suspension bridge
n04367480 828 implement: swab
n04370456 837 clothing: sweatshirt
n04371430 945 clothing: swimming trunks
n04371774 569 mechanism: swing
n04372370 561 mechanism: switch
n04376876 531 instrument: syringe
n04380533 304 furniture: table lamp
n04389033 250 vehicle: tank
n04392985 978 electronic equipment: tape player
n04398044 675 cooking utensil: teapot
n04399382 786 artifact: teddy
n04404412 944 artifact: television
n04409515 970 game equipment: tennis ball
n04417672 989 covering: thatch
n04418357 903 covering: theater curtain
n04423845 758 container: thimble
n04428191 555 machine: thresher
n04429376 308 furniture: throne
n04435653 780 covering: tile roof
n04442312 664 appliance: toaster
n04443257 710 shop: tobacco shop
n04447861 312 furniture: toilet seat
n04456115 594 device: torch
n04458633 700 structure: totem pole
n04461696 282 truck: tow truck
n04462240 711 shop: toyshop
n04465501 289 vehicle: tractor
n04467665 283 truck: trailer truck
n04476259 766 container: tray
n04479046 825 clothing: trench coat
n04482393 291 vehicle: tricycle
n04483307 242 watercraft: trimaran
n04485082 597 device: tripod
n04486054 678 structure: triumphal arch
n04487081 882 public transport: trolleybus
n04487394 349 musical instrument: trombone
n04493381 765 container: tub
n04501370 727 barrier: turnstile
n04505470 544 device: typewriter keyboard
n04507155 220 covering: umbrella
n04509417 292 vehicle: unicycle
n04515003 334 musical instrument: upright
n04517823 666 appliance: vacuum
n04522168 874 container: vase
n04523525 990 covering: vault
n04525038 969 fabric: velvet
n04525305 558 machine: vending machine
n04532106 790 clothing: vestment
n04532670 682 structure: viaduct
n04536866 343 musical instrument: violin
n04540053 936 game equipment: volleyball
n04542943 665 appliance: waffle iron
n04548280 524 timepiece: wall clock
n04548362 928 container: wallet
n04550184 317 furniture: wardrobe
n04552348 231 aircraft: warplane
n04553703 906 container: washbasin
n04554684 669 appliance: washer
n04557648 958 bottle: water bottle
n04560804 819 bottle: water jug
n04562935 795 container: water tower
n04579145 772 bottle: whiskey jug
n04579432 502 device: whistle
n04584207 899 clothing: wig
n04589890 912 covering: window screen
n04590129 904 covering: window shade
n04591157 935 clothing: Windsor tie
n04591713 831 bottle: wine bottle
n04592741 503 device: wing
n04596742 672 cooking utensil: wok
n04597913 951 container: wooden spoon
n04599235 815 fabric: wool
n04604644 723 barrier: worm fence
n04606251 248 watercraft: wreck
n04612504 240 watercraft: yawl
n04613696 714 structure: yurt
n06359193 553 computer: web site
n06596364 930 artifact: comic book
n06785654 791 game equipment: crossword puzzle
n06794110 932 abstraction: street sign
n06874185 861 abstraction: traffic light
n07248320 774 covering: book jacket
n07565083 803 food: menu
n07579787 754 food: plate
n07583066 813 food: guacamole
n07584110 844 dish: consomme
n07590611 771 dish: hot pot
n07613480 793 food: trifle
n07614500 974 food: ice cream
n07615774 968 food: ice lolly
n07684084 873 bread: French loaf
n07693725 768 bread: bagel
n07695742 975 bread: pretzel
n07697313 993 dish: cheeseburger
n07697537 885 dish: hotdog
n07711569 734 vegetable: mashed potato
n07714571 736 vegetable: head cabbage
n07714990 737 vegetable: broccoli
n07715103 738 vegetable: cauliflower
n07716358 739 vegetable: zucchini
n07716906 740 vegetable: spaghetti squash
n07717410 741 vegetable: acorn squash
n07717556 742 vegetable: butternut squash
n07718472 743 vegetable: cucumber
n07718747 744 vegetable: artichoke
n07720875 735 vegetable: bell pepper
n07730033 745 vegetable: cardoon
n07734744 746 vegetable: mushroom
n07742313 318 fruit: Granny Smith
n07745940 229 fruit: strawberry
n07747607 319 fruit: orange
n07749582 320 fruit: lemon
n07753113 321 fruit: fig
n07753275 322 fruit: pineapple
n07753592 323 fruit: banana
n07754684 324 fruit: jackfruit
n07760859 325 fruit: custard apple
n07768694 326 fruit: pomegranate
n07802026 816 food: hay
n07831146 999 food: carbonara
n07836838 953 food: chocolate sauce
n07860988 864 food: dough
n07871810 806 bread: meat loaf
n07873807 948 dish: pizza
n07875152 830 dish: potpie
n07880968 900 dish: burrito
n07892512 798 beverage: red wine
n07920052 947 beverage: espresso
n07930864 859 beverage: cup
n07932039 823 beverage: eggnog
n09193705 361 geological formation: alp
n09229709 992 abstraction: bubble
n09246464 359 geological formation: cliff
n09256479 365 geological formation: coral reef
n09288635 368 geological formation: geyser
n09332890 366 geological formation: lakeside
n09399592 363 geological formation: promontory
n09421951 364 geological formation: sandbar
n09428293 367 geological formation: seashore
n09468604 360 geological formation: valley
n09472597 362 geological formation: volcano
n09835506 954 person: ballplayer
n10148035 848 person: groom
n10565667 982 person: scuba diver
n11879895 330 fruit: rapeseed
n11939491 357 flower: daisy
n12057211 358 flower: yellow lady's slipper
n12144580 331 fruit: corn
n12267677 327 fruit: acorn
n12620546 328 fruit: hip
n12768682 332 fruit: buckeye
n12985857 886 fungus: coral fungus
n12998815 913 fungus: agaric
n13037406 956 fungus: gyromitra
n13040303 893 fungus: stinkhorn
n13044778 878 fungus: earthstar
n13052670 812 fungus: hen-of-the-woods
n13054560 981 fungus: bolete
n13133613 329 fruit: ear
n15075141 889 abstraction: toilet tissue
`
