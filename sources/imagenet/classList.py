"""Writes classList.ts: the thousand classes, their numbers and their superclasses.

    python3 sources/imagenet/classList.py DATA_NOUN LICENSE MAP_CLSLOC > sources/imagenet/classList.ts

DATA_NOUN and LICENSE are WordNet 3.0's `dict/data.noun` and licence (also in the npm package WNdb 3.0.1), MAP_CLSLOC is
`map_clsloc.txt` of ILSVRC's development kit: the numbers 1 to 1000 are the same as in `meta.mat` of ILSVRC2012.

A class belongs to the first of SUPERCLASSES that is among its hypernyms, and so does a superclass to the first above it.
"""

import sys

SUPERCLASSES = """
n02084071 dog
n02121620 cat
n02127808 big cat
n02083346 canine
n02131653 bear
n02075296 carnivore
n02469914 primate
n02329401 rodent
n02370806 ungulate
n01861778 mammal
n01503061 bird
n01726692 snake
n01674464 lizard
n01662784 turtle
n01661091 reptile
n01627424 amphibian
n02512053 fish
n02159955 insect
n01769347 arachnid
n01974773 crustacean
n01940736 mollusk
n01905661 invertebrate
n12992868 fungus
n11669921 flower
n07707451 vegetable
n13134947 fruit
n07881800 beverage
n07679356 bread
n07557434 dish
n00021265 food
n04490091 truck
n02958343 car
n02686568 aircraft
n04530566 watercraft
n04019101 public transport
n04524313 vehicle
n03800933 musical instrument
n03405725 furniture
n04565375 weapon
n04437953 timepiece
n03082979 computer
n03278248 electronic equipment
n02729837 appliance
n03414162 game equipment
n03294048 equipment
n03380867 footwear
n03051540 clothing
n02773037 bag
n02876657 bottle
n03101986 cooking utensil
n03094503 container
n02913152 building
n04202417 shop
n02796623 barrier
n04341686 structure
n04451818 tool
n03563967 implement
n04081844 restraint
n03574816 instrument
n03738472 mechanism
n03699975 machine
n03183080 device
n02739668 armor
n03122748 covering
n03309808 fabric
n04447443 toiletry
n09287968 geological formation
n00007846 person
n00021939 artifact
n00002137 abstraction
"""


def synsets(path):
    """Words and hypernyms of each noun synset, by its wnid."""
    found = {}
    with open(path, encoding="latin-1") as lines:
        for line in lines:
            if line.startswith("  "):
                continue
            fields = line.split(" | ")[0].split()
            words = int(fields[3], 16)
            at = 4 + 2 * words
            pointers = [fields[at + 1 + 4 * i : at + 5 + 4 * i] for i in range(int(fields[at]))]
            found["n" + fields[0]] = (
                [word.replace("_", " ") for word in fields[4:at:2]],
                ["n" + to for kind, to, part, _ in pointers if kind in ("@", "@i") and part == "n"],
            )
    return found


def above(wnid, nouns):
    """All hypernyms of a synset, without itself."""
    found, rest = set(), list(nouns[wnid][1])
    while rest:
        one = rest.pop()
        if one not in found:
            found.add(one)
            rest += nouns[one][1]
    return found


def main(data_noun, license_file, map_clsloc):
    nouns = synsets(data_noun)
    supers = [line.split(" ", 1) for line in SUPERCLASSES.strip().split("\n")]
    names = dict(supers)
    for wnid, name in supers:
        assert name in nouns[wnid][0], f"{wnid}: {name} is none of {nouns[wnid][0]}"
    with open(map_clsloc) as lines:
        numbers = {wnid: number for wnid, number, *_ in map(str.split, lines)}
    assert len(numbers) == 1000

    def super_of(wnid):
        return next((one for one, _ in supers if one in above(wnid, nouns)), None)

    with open(license_file) as lines:
        notice = [line.strip() for line in lines]
    print("/**")
    print(" * The classes of ILSVRC2012 in the order of their wnids, as a network's outputs are numbered.")
    print(" *")
    print(" * Made by classList.py. Names and superclasses are WordNet 3.0's, whose licence follows.")
    print(" *")
    while notice and not notice[-1]:
        notice.pop()
    for line in notice:
        print(f" * {line}".rstrip())
    print(" */")
    print("\n/** A line a superclass: wnid, name, and after < the superclass that it is of. */")
    print("export const SUPERCLASS_LINES = `\\")
    for wnid, name in supers:
        upper = super_of(wnid)
        print(f"{wnid} {name}" + (f" < {names[upper]}" if upper else ""))
    print("`\n\n/** A line a class: wnid, number in the development kit (ILSVRC2012_ID), superclass and, after a colon, name. */")
    print("export const CLASS_LINES = `\\")
    for wnid in sorted(numbers):
        print(f"{wnid} {numbers[wnid]} {names[super_of(wnid)]}: {nouns[wnid][0][0]}")
    print("`")


main(*sys.argv[1:])
